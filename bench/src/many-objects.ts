import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { HubApi } from '@skerry/all-in-one/api/hub-api';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { type Apart, startApart } from './apart/apart.ts';
import { allReady } from './rooms.ts';

const IN_FLIGHT = 32;
const DEADLINE_MS = 600_000;
/** Twenty keys of forty bytes: a body of about 1 KB, as a small Deployment has. */
const DATA = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key-${index}`, 'v'.repeat(40)]));

export interface Sea {
  readonly api: HubApi;
  readonly hub: Apart;
  readonly members: Apart;
}

/** How the hub of a sea finds its store and bus. */
export interface Place {
  readonly dir: string;
  readonly databaseUrl: string;
  readonly nats: { readonly url: string; readonly users: readonly object[] };
}

const waitFor = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const endMs = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** A hub in one process and its simulated members in another; they have joined, and each has a namespace of its own. */
export const openSea = async (place: Place, clusters: number): Promise<Sea> => {
  const names = Array.from({ length: clusters }, (_, index) => `c${index}`);
  const members = await startApart('members', { names });
  const hub = await startApart('hub', place);
  const api = new HubApi(readHubAccess(hub.started.kubeconfigPath));
  for (const { name, kubeconfig } of members.started.members) await joinCluster(api, { name, kubeconfig });
  await allReady({ api }, clusters);
  for (const name of names) await preparePlaces(api, name);
  return { api, hub, members };
};

const preparePlaces = async (api: HubApi, name: string): Promise<void> => {
  const spec = { selects: [{ apiVersion: '*', kind: '*' }], clusters: { names: [name] } };
  const metadata = { name: 'here', namespace: name };
  await taken(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await taken(api, { apiVersion: 'skerry.dev/v1alpha1', kind: 'PlacementPolicy', metadata, spec });
};

const taken = async (api: HubApi, object: Parameters<HubApi['apply']>[0]): Promise<void> => {
  const { status, body } = await api.apply(object);
  if (status >= 300) throw new Error(`apply ${object.kind} ${object.metadata.name}: ${status} ${body?.message}`);
};

/** ConfigMaps of 1 KB, evenly over the clusters; resolves when all are in their members. */
export const applyMany = async ({ api, members }: Sea, { count, clusters }: { count: number; clusters: number }) => {
  const before = (await members.ask('configMaps')).count as number;
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const metadata = { name: `m-${index}`, namespace: `c${index % clusters}` };
      await taken(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: DATA });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  await untilHeld(members, before + count);
};

/** Nothing is appended any more: all reports have come. */
export const untilQuiet = async (api: HubApi): Promise<void> => {
  let position = -1;
  let sinceMs = performance.now();
  await waitFor('nothing is appended any more', async () => {
    const { body } = await api.call('GET', '/skerry/v1/store');
    if (body.position !== position) {
      position = body.position;
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs > 3_000;
  });
};

/** So many ConfigMaps are in the members together. */
export const untilHeld = (members: Apart, count: number): Promise<void> =>
  waitFor(`${count} are in their members`, async () => (await members.ask('configMaps')).count >= count);

/** Changes at a calm rate: what a burst left in the heap is collected meanwhile. */
export const changeCalmly = async ({ api }: Sea, { perSecond, seconds }: { perSecond: number; seconds: number }) => {
  const startMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const waitMs = startMs + (index * 1_000) / perSecond - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    const metadata = { name: 'm-0', namespace: 'c0' };
    await taken(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...DATA, at: String(index) } });
  }
};

/** A new object is applied, decided and in its member. */
export const decidesAgain = async (sea: Sea): Promise<void> => {
  const { api } = sea;
  const name = `again-${Math.round(performance.now())}`;
  await taken(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'c0' }, data: {} });
  await waitFor('a placement is decided', async () => {
    const { body } = await api.call('GET', `/skerry/v1/placements/core/configmaps/c0/${name}`);
    return (body.placementVersion ?? 0) > 0;
  });
};
