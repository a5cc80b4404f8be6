import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import type { HubApi, HubObject } from '@skerry/all-in-one/api/hub-api';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import type { Platform } from '@skerry/all-in-one/up/platform';
import { startMembers } from '@skerry/local/members/start-members';
import { allReady } from './rooms.ts';

const NAMES = ['north', 'south'] as const;
const IN_FLIGHT = 32;
const DEADLINE_MS = 300_000;
/** A server that has just started takes a third fewer. */
const WARM_UP = 1_000;
/** About 1 KB as the member gets it. */
const DATA = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`key-${index}`, 'v'.repeat(40)]));

export interface BurstFigures {
  /** server-side applies a second that the two members take together from a plain client, 32 in flight */
  readonly ceilingPerSecond: number;
  /** from the first apply at the hub to the last object in its member, as a share of the ceiling */
  readonly endToEnd: number;
  /** from the syncers' start, when everything is decided already */
  readonly decidedBefore: number;
}

/** So many ConfigMaps, each to one of two real members, against what the members themselves take in the same run. */
export const measureBurst = async (platform: Platform, { count }: { count: number }): Promise<BurstFigures> => {
  const { supervisor, dir, api, syncers } = platform;
  const started = await startMembers({ dir: join(dir, 'members'), members: [...NAMES], supervisor });
  const clients = started.members.map((member) => {
    const text = readFileSync(member.kubeconfig('admin'), 'utf8');
    return new MemberClient({ clock: systemClock, loadKubeconfig: async () => text, maxInFlight: IN_FLIGHT });
  });
  try {
    for (const member of started.members) {
      await joinCluster(api, { name: member.name, kubeconfig: readFileSync(member.kubeconfig('skerry'), 'utf8') });
    }
    await allReady(platform, NAMES.length);
    for (const namespace of ['first', 'second']) await preparePlaces(api, namespace);
    const ceilingPerSecond = await ceilingOf(clients, Math.round(count / 2));
    const endToEnd = await timed(async () => {
      await applyAll(api, { namespace: 'first', count });
      await arrived(clients, { namespace: 'first', count });
    });
    for (const name of NAMES) await syncers.hold(name);
    await applyAll(api, { namespace: 'second', count });
    await decided(platform);
    const decidedBefore = await timed(async () => {
      for (const name of NAMES) syncers.release(name);
      await arrived(clients, { namespace: 'second', count });
    });
    const share = (seconds: number): number => count / seconds / ceilingPerSecond;
    return { ceilingPerSecond, endToEnd: share(endToEnd), decidedBefore: share(decidedBefore) };
  } finally {
    await syncers.stop();
    await Promise.all(clients.map((client) => client.close()));
    await started.close();
  }
};

const timed = async (work: () => Promise<void>): Promise<number> => {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
};

/** Half of a namespace's objects to each member, by a label. */
const preparePlaces = async (api: HubApi, namespace: string): Promise<void> => {
  await taken(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const name of NAMES) {
    const spec = {
      selects: [{ apiVersion: 'v1', kind: 'ConfigMap', labels: { to: name } }],
      clusters: { names: [name] },
    };
    await taken(api, {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'PlacementPolicy',
      metadata: { name, namespace },
      spec,
    });
  }
};

const taken = async (api: HubApi, object: HubObject): Promise<void> => {
  const { status, body } = await api.apply(object);
  if (status >= 300) throw new Error(`apply ${object.metadata.name}: ${status} ${body?.message}`);
};

const configMap = (namespace: string, index: number): HubObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `burst-${index}`, namespace, labels: { to: NAMES[index % NAMES.length]! } },
  data: DATA,
});

const inFlight = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
};

const applyAll = (api: HubApi, { namespace, count }: { namespace: string; count: number }): Promise<void> =>
  inFlight(count, (index) => taken(api, configMap(namespace, index)));

/** The bodies that the syncers send, marks included, by the client that they use. */
const ceilingOf = async (clients: readonly MemberClient[], count: number): Promise<number> => {
  const apply = async (index: number, object: HubObject, path: string): Promise<void> => {
    const request = {
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    } as const;
    const answer = await clients[index % clients.length]!.request({
      ...request,
      path: `${path}?fieldManager=bench&force=true`,
    });
    if (answer.status >= 300) throw new Error(`the member answered ${answer.status}`);
  };
  const marks = { 'skerry.dev/uid': '00000000-0000-4000-8000-000000000000' };
  const fill = async (name: string, many: number): Promise<void> => {
    const namespace: HubObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    for (const index of clients.keys()) await apply(index, namespace, `/api/v1/namespaces/${name}`);
    await inFlight(many, (index) => {
      const object = configMap(name, index);
      const labels = { ...(object.metadata['labels'] as object), 'skerry.dev/managed': 'true' };
      const marked = { ...object, metadata: { ...object.metadata, labels, annotations: marks } };
      return apply(index, marked, `/api/v1/namespaces/${name}/configmaps/burst-${index}`);
    });
  };
  await fill('warm', WARM_UP);
  return count / (await timed(() => fill('ceiling', count)));
};

const arrived = async (
  clients: readonly MemberClient[],
  { namespace, count }: { namespace: string; count: number },
): Promise<void> => {
  const countIn = async (client: MemberClient): Promise<number> => {
    const path = `/api/v1/namespaces/${namespace}/configmaps?limit=1`;
    const { status, body } = await client.request({ method: 'GET', path });
    if (status !== 200) return 0;
    const { items, metadata } = body as { items: unknown[]; metadata: { remainingItemCount?: number } };
    return items.length + (metadata.remainingItemCount ?? 0);
  };
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const counts = await Promise.all(clients.map(countIn));
    // a controller may put a certificate into every namespace
    if (counts.reduce((sum, one) => sum + one, 0) >= count) return;
    if (performance.now() > endMs) throw new Error(`only ${counts.join(' + ')} of ${count} arrived`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Nothing is appended for two seconds: what was applied is decided and rendered. */
const decided = async ({ store }: Platform): Promise<void> => {
  let [position, sinceMs] = [-1, performance.now()];
  while (performance.now() - sinceMs < 2_000) {
    const { events } = await store.events.read({ after: position, limit: 2_000, categories: ['desired'] });
    if (events.length > 0) [position, sinceMs] = [events.at(-1)!.position, performance.now()];
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
