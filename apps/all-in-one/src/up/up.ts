import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalFailure } from '@skerry/kernel/errors';
import { orFullDisk, requireRoom } from '@skerry/local/disk-space';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { readExample } from '../api/examples.ts';
import { joinCluster, type JoinRequest, SYSTEM_NAMESPACE } from '../api/join-cluster.ts';
import { playStory, WEB } from '../story/steps.ts';
import { renderTable } from './live-table.ts';
import type { DemoMembers } from './members.ts';
import { openPlatform, type Platform } from './platform.ts';
import { untilOrStopped } from './until-stopped.ts';

export interface UpOptions {
  readonly dir: string;
  readonly fresh: boolean;
  /** 0: the one of last time, or a free one */
  readonly port: number;
  /** plays the story once and ends */
  readonly exit: boolean;
  readonly tracing?: Tracing | undefined;
  readonly startMembers: (platform: Platform, report: (line: string) => void) => Promise<DemoMembers>;
  /** a line for people */
  readonly report: (line: string) => void;
  /** the live table, drawn over itself where that is possible */
  readonly draw: (text: string) => void;
  /** aborted when somebody asks to stop */
  readonly stop: AbortSignal;
}

const TABLE_EVERY_MS = 1_000;
const READY_DEADLINE_MS = 90_000;
const LOOK_EVERY_MS = 100;
const CLUSTERS = '/apis/skerry.dev/v1alpha1/clusters';

/**
 * `npm start`: the hub, three clusters, the sample application, a live table, until somebody asks to stop. Whatever it
 * started is stopped when it returns or throws. Throws TerminalFailure `interrupted` when it was stopped before it was
 * ready, or before the story ended, and `story` when a step of the story or a cluster failed.
 */
export const up = async (options: UpOptions): Promise<void> => {
  const { report, stop } = options;
  const platform = await untilOrStopped(openPlatform(options), { stop, undo: (late) => late.stop() });
  let members: DemoMembers | undefined;
  try {
    report('starting three member clusters');
    members = await untilOrStopped(options.startMembers(platform, report), { stop, undo: (late) => late.stop() });
    const joined = await joinAll(platform, { requests: members.members.map(({ join: request }) => request), report });
    await clustersReady(platform, { names: joined, options });
    report('ready');
    if (options.exit) {
      const parts = { application: readExample('shop.yaml'), policies: readExample('shop-policies.yaml') };
      const story = playStory({ api: platform.api, members: members.members, ...parts }, report);
      return await untilOrStopped(story, { stop, graceMs: 0 });
    }
    await applySample(platform, { report, stop });
    sayWhereTo(platform, report);
    await drawUntilStopped(platform, options);
  } catch (error) {
    throw stop.aborted ? error : await orFullDisk(error, { folder: platform.dir });
  } finally {
    report('stopping');
    await platform.syncers.stop();
    // On a full disk members cannot save what they have: PostgreSQL and NATS are stopped in order all the same.
    await (members?.stop() ?? Promise.resolve()).finally(() => platform.stop());
    report('stopped');
  }
};

const failed = (message: string): TerminalFailure => new TerminalFailure(message, { code: 'story' });

/** Joins the clusters of the demonstration; one that a person removed since the first start stays away. */
const joinAll = async (
  platform: Platform,
  { requests, report }: { requests: readonly JoinRequest[]; report: (line: string) => void },
): Promise<string[]> => {
  const mark = join(platform.dir, 'hub', 'joined');
  const isFirst = !existsSync(mark);
  const joined: string[] = [];
  for (const request of requests) {
    const { name } = request;
    if (!isFirst && (await platform.api.call('GET', `${CLUSTERS}/${name}`)).status === 404) {
      report(`cluster ${name} was removed from the fleet and is not joined again (--fresh begins anew)`);
      continue;
    }
    const { status, body } = await joinCluster(platform.api, request);
    if (status >= 300)
      throw failed(`cluster ${name} could not join (${SYSTEM_NAMESPACE}): ${status} ${body?.message ?? ''}`);
    joined.push(name);
  }
  writeFileSync(mark, '');
  return joined;
};

/** A cluster counts as ready when it beats and has said what it serves: before that nothing new would be placed there. */
const clustersReady = async (
  platform: Platform,
  { names, options }: { names: readonly string[]; options: UpOptions },
): Promise<void> => {
  const endMs = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    if (options.stop.aborted)
      throw new TerminalFailure('stopped before the clusters were ready', { code: 'interrupted' });
    await requireRoom(platform.dir); // else the clusters are waited for in vain
    const { body } = await platform.api.call('GET', CLUSTERS);
    const ready = (body.items as any[])
      .filter(({ status }) => status?.verdict === 'Ready' && status.nodesReady > 0)
      .map(({ metadata }) => metadata.name as string);
    const late = names.filter((name) => !ready.includes(name));
    if (late.length === 0) return;
    if (performance.now() > endMs) {
      const log = join(platform.dir, 'logs', 'hub.log');
      const message = `${late.join(', ')} did not become ready within ${READY_DEADLINE_MS / 1_000} s — see ${log}`;
      if (options.exit) throw failed(message);
      return options.report(message); // the others are worth a look
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
};

interface Sample {
  readonly report: (line: string) => void;
  readonly stop: AbortSignal;
}

/** At the first start only: later ones go on from what people have made of it. */
const applySample = async (platform: Platform, { report, stop }: Sample): Promise<void> => {
  const mark = join(platform.dir, 'hub', 'sample');
  if (existsSync(mark)) return;
  for (const object of [...readExample('shop.yaml'), ...readExample('shop-policies.yaml')]) {
    const { status, body } = await platform.api.apply(object);
    if (status >= 300) throw failed(`${object.kind} ${object.metadata.name} was refused: ${body?.message ?? status}`);
  }
  writeFileSync(mark, '');
  void sayWhenAvailable(platform, { report, stop });
};

const sayWhenAvailable = async (platform: Platform, { report, stop }: Sample): Promise<void> => {
  while (!stop.aborted) {
    const answer = await platform.api.call('GET', WEB).catch(() => undefined); // the table says when the hub is gone
    const conditions = (answer?.body?.status?.conditions ?? []) as { type: string; status: string }[];
    if (conditions.some(({ type, status }) => type === 'Available' && status === 'True')) {
      return report('sample application Available');
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
};

const sayWhereTo = (platform: Platform, report: (line: string) => void): void => {
  report(`kubectl --kubeconfig ${platform.credentials.kubeconfigPath} get deployments -A`);
  report('bin/skerry describe deployment web -n shop');
  report(`Ctrl-C stops everything; the state stays in ${platform.dir}`);
};

const drawUntilStopped = async (platform: Platform, { draw, stop }: UpOptions): Promise<void> => {
  while (!stop.aborted) {
    const table = await renderTable(platform.api).catch(
      (error: unknown) => `the hub does not answer: ${String(error)}`,
    );
    if (!stop.aborted) draw(table);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TABLE_EVERY_MS);
      stop.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
};
