import type { HubApi, HubObject } from '@skerry/all-in-one/api/hub-api';
import type { Platform } from '@skerry/all-in-one/up/platform';
import type { SimulatedMember } from '@skerry/all-in-one/up/simulated-members';
import { CATEGORIES, type StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Figures } from './figures.ts';

const QUIET_MS = 3_000;
/** A fall waits for a soak of 25 s and a beat after it. */
const SOAKED_MS = 40_000;
const COUNTED = CATEGORIES.filter((category) => category !== 'cluster');
const DEADLINE_MS = 120_000;
const STORM_SECONDS = 10;

const deployment = (name: string, { replicas, tag }: { replicas: number; tag: string }): HubObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'bench' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: `registry.example/${name}:${tag}` }] },
    },
  },
});

const policy = (weights: readonly number[]): HubObject => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'divided', namespace: 'bench' },
  spec: {
    priority: 1,
    selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
    division: {
      strategy: 'Weighted',
      weights: ['north', 'south', 'west'].map((name, at) => ({ clusters: { names: [name] }, weight: weights[at]! })),
    },
  },
});

/** Events that each kind of change writes until nothing more is written, by type; changes of one Deployment over three clusters. */
export const measureChangeEvents = async (platform: Platform): Promise<Figures> => {
  const { api } = platform;
  const changes: readonly (readonly [name: string, objects: readonly HubObject[]])[] = [
    ['policy', [policy([1, 1, 1])]],
    ['apply', [deployment('web', { replicas: 3, tag: '1' })]],
    ['apply_again', [deployment('web', { replicas: 3, tag: '1' })]],
    ['scale', [deployment('web', { replicas: 6, tag: '1' })]],
    ['image_edit', [deployment('web', { replicas: 6, tag: '2' })]],
    ['policy_edit', [policy([4, 1, 1])]],
  ];
  const figures: Figures = {};
  for (const [name, objects] of changes) {
    const change = async (): Promise<void> => {
      for (const object of objects) await taken(api, object);
    };
    const events = await eventsOf(platform, { change, quietMs: name === 'policy_edit' ? SOAKED_MS : QUIET_MS });
    Object.assign(figures, countsOf(`events_${name}`, events));
  }
  const remove = async (): Promise<void> =>
    void (await api.call('DELETE', '/apis/apps/v1/namespaces/bench/deployments/web'));
  const deleted = await eventsOf(platform, { change: remove, quietMs: QUIET_MS });
  return { ...figures, ...countsOf('events_delete', deleted) };
};

/** How many observed events an object gets in one cluster in one second, at most, while all its pods restart again and again. */
export const measureStatusStorm = async (
  platform: Platform,
  { member, pods }: { member: SimulatedMember; pods: number },
): Promise<Figures> => {
  const workloads = Math.max(1, Math.round(pods / 500));
  const only = { names: [member.join.name] };
  await taken(platform.api, {
    ...policy([1, 1, 1]),
    spec: { selects: [{ apiVersion: '*', kind: '*' }], priority: 2, clusters: only },
  });
  for (let index = 0; index < workloads; index += 1) {
    await taken(platform.api, deployment(`storm-${index}`, { replicas: Math.round(pods / workloads), tag: 'storm' }));
  }
  await untilQuiet(platform);
  const { position } = await platform.store.events.head();
  const endMs = performance.now() + STORM_SECONDS * 1_000;
  while (performance.now() < endMs) {
    const undos = Array.from({ length: workloads }, (_, index) =>
      member.sim.faults.neverReady(`registry.example/storm-${index}:storm`),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    undos.forEach((undo) => undo());
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await untilQuiet(platform);
  const observed = (await eventsAfter(platform, position)).filter(({ category }) => category === 'observed');
  return {
    status_storm_pods: pods,
    status_storm_observed_events: observed.length,
    status_storm_events_per_object_cluster_second: densest(observed),
  };
};

/** The most events of one stream between two that lie a second apart or less. */
const densest = (events: readonly StoredEvent[]): number => {
  const times = new Map<string, number[]>();
  for (const { stream, recordedAt } of events) times.set(stream, [...(times.get(stream) ?? []), recordedAt.getTime()]);
  // a margin for the time that an append itself takes: what is promised is when it is sent
  const within = (all: readonly number[], atMs: number): number =>
    all.filter((other) => other >= atMs && other < atMs + 900).length;
  return Math.max(0, ...[...times.values()].map((all) => Math.max(...all.map((atMs) => within(all, atMs)))));
};

const taken = async (api: HubApi, object: HubObject): Promise<void> => {
  const { status, body } = await api.apply(object);
  if (status >= 300) throw new Error(`apply ${object.metadata.name}: ${status} ${body?.message}`);
};

const eventsOf = async (
  platform: Platform,
  { change, quietMs }: { change: () => Promise<void>; quietMs: number },
): Promise<readonly StoredEvent[]> => {
  await untilQuiet(platform);
  const { position } = await platform.store.events.head();
  await change();
  await untilQuiet(platform, quietMs);
  return eventsAfter(platform, position);
};

const eventsAfter = async ({ store }: Platform, position: number): Promise<readonly StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (let after = position; ;) {
    const range = await store.events.read({ after, limit: 2_000, categories: COUNTED });
    if (range.events.length === 0) return events;
    events.push(...range.events);
    after = range.through;
  }
};

const untilQuiet = async ({ store }: Platform, quietMs = QUIET_MS): Promise<void> => {
  const endMs = performance.now() + DEADLINE_MS;
  let [position, sinceMs] = [-1, performance.now()];
  while (performance.now() - sinceMs < quietMs) {
    if (performance.now() > endMs) throw new Error('events are still written');
    // portraits of clusters come once a minute, whoever changes what
    const { events } = await store.events.read({ after: position, limit: 2_000, categories: COUNTED });
    if (events.length > 0) [position, sinceMs] = [events.at(-1)!.position, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const countsOf = (name: string, events: readonly StoredEvent[]): Figures => {
  const figures: Figures = { [name]: events.length };
  for (const { type } of events) figures[`${name}/${type}`] = (figures[`${name}/${type}`] ?? 0) + 1;
  return figures;
};
