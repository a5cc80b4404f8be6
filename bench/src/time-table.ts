import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import type { Platform } from '@skerry/all-in-one/up/platform';
import type { Figures } from './figures.ts';
import { percentile, type WatchNames } from './visible.ts';

const PER_SECOND = 20;
const DEADLINE_MS = 30_000;

/** The events of one apply to three clusters, in the order in which they are written; each names the stage before it. */
const STAGES = [
  ['ManifestStored', 'gateway and append'],
  ['SelectionDecided', 'relay and scheduler'],
  ['PlacementDecided', 'relay and replicas'],
  ['ObjectDesired', 'relay and rollout'],
] as const;

/** Where the time of an apply goes: medians in ms by stage, at 20 applies a second. What is after a stage's event is the next one's. */
export const measureStages = async (
  platform: Platform,
  { watch, count }: { watch: WatchNames; count: number },
): Promise<Figures> => {
  const { api, store } = platform;
  const asked = new Map<string, { sentMs: number; answeredMs: number }>();
  const seenMs = new Map<string, number>();
  const watching = watch(
    (name, atMs) => void (name.startsWith('stage-') && !seenMs.has(name) && seenMs.set(name, wall(atMs))),
  );
  const { position } = await store.events.head();
  const startMs = performance.now();
  const applies: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = startMs + (index * 1_000) / PER_SECOND - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    applies.push(applyOne(api, { name: `stage-${index}`, asked }));
  }
  await Promise.all(applies);
  const endMs = performance.now() + DEADLINE_MS;
  while (seenMs.size < count && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 2_000)); // the last reports
  watching.close();
  const written = await writtenAfter(platform, position);
  const spans = new Map<string, number[]>();
  const add = (stage: string, ms: number): void => void spans.set(stage, [...(spans.get(stage) ?? []), ms]);
  for (const [name, { sentMs, answeredMs }] of asked) {
    const at = written.get(name);
    const visible = seenMs.get(name);
    if (at === undefined || visible === undefined) continue;
    let last = sentMs;
    for (const [type, stage] of STAGES) {
      const ms = at.get(type);
      if (ms === undefined) continue;
      add(stage, ms - last);
      last = ms;
    }
    add('answer (of the whole)', answeredMs - sentMs);
    add('relay, syncer and member', visible - last);
    const reported = at.get('ObjectObserved');
    if (reported !== undefined) add('report', reported - visible);
    add('whole, to visible', visible - sentMs);
  }
  const median = (all: readonly number[]): number =>
    Math.max(
      0,
      percentile(
        [...all].sort((a, b) => a - b),
        0.5,
      ),
    );
  return Object.fromEntries([...spans].map(([stage, all]) => [`stage_ms_p50/${stage}`, median(all)]));
};

const wall = (monotonicMs: number): number => performance.timeOrigin + monotonicMs;

const applyOne = async (
  api: HubApi,
  { name, asked }: { name: string; asked: Map<string, { sentMs: number; answeredMs: number }> },
): Promise<void> => {
  const sentMs = wall(performance.now());
  const { status } = await api.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'bench' },
    data: { name },
  });
  if (status >= 300) throw new Error(`apply ${name}: ${status}`);
  asked.set(name, { sentMs, answeredMs: wall(performance.now()) });
};

/** When the first event of each type was written about each object. */
const writtenAfter = async ({ store }: Platform, position: number): Promise<Map<string, Map<string, number>>> => {
  const names = new Map<string, string>();
  const byName = new Map<string, Map<string, number>>();
  for (let after = position; ;) {
    const range = await store.events.read({ after, limit: 2_000 });
    if (range.events.length === 0) return byName;
    after = range.through;
    for (const { type, uid, stream, recordedAt } of range.events) {
      if (type === 'ManifestStored') names.set(uid, stream.split('/').at(-1)!);
      const name = names.get(uid) ?? '';
      const times = byName.get(name) ?? new Map<string, number>();
      if (!times.has(type)) times.set(type, recordedAt.getTime());
      byName.set(name, times);
    }
  }
};
