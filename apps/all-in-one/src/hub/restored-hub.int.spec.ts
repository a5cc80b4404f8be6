import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, type MemberEnd, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const PATH = '/apis/apps/v1/namespaces/default/deployments/web';
const web = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
  },
});
const policy = (...names: string[]) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
    clusters: { names },
    division: { strategy: 'Weighted' },
  },
});

let hub: MemoryHub;
let members: Record<'a' | 'b', MemberEnd>;
const live = async (): Promise<Record<string, number | undefined>> => ({
  a: (await members.a.get(PATH))?.spec.replicas,
  b: (await members.b.get(PATH))?.spec.replicas,
});
const liveIs = (wanted: Record<string, number | undefined>) =>
  eventually(`members hold ${JSON.stringify(wanted)}`, async () => {
    const found = await live();
    return found.a === wanted.a && found.b === wanted.b;
  });
const head = async (): Promise<number> => (await hub.call('GET', '/skerry/v1/store')).body.position;
const startSyncers = () => Promise.all(Object.values(members).map((member) => member.startSyncer()));
const placed = async (): Promise<any[]> =>
  (await hub.call('GET', `/skerry/v1/placements/apps/deployments/default/web`)).body.clusters;
const toldIs = (wanted: Record<string, number>) =>
  eventually(`told is ${JSON.stringify(wanted)}`, async () => {
    const found = Object.fromEntries((await placed()).map((one) => [one.cluster, one.told]));
    return JSON.stringify(found) === JSON.stringify(wanted);
  });
const confirm = async (cluster: string): Promise<void> => {
  const { incarnation } = (await hub.call('GET', '/skerry/v1/store')).body;
  const confirmations = [{ what: 'restore', at: new Date().toISOString(), incarnation }];
  const answer = await hub.apply({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: cluster },
    ...{ spec: { confirmations } },
  });
  expect(answer.status).toBe(200);
};

beforeEach(async () => {
  hub = await startMemoryHub();
  members = { a: await hub.join('a'), b: await hub.join('b') };
  await hub.apply(policy('a', 'b'));
  await hub.apply(web(4));
  await liveIs({ a: 2, b: 2 });
});
afterEach(() => hub.close());

describe('a hub over an older store that nobody has adopted', () => {
  it('does not start, and nothing is decided by what it holds', async () => {
    const backup = await head();
    await hub.apply(web(10));
    await liveIs({ a: 5, b: 5 });
    const refusal = await hub.putBack(backup);
    expect(refusal).toMatchObject({ code: 'bus-ahead' });
    // whatever had begun in spite of it would show by now
    await new Promise((resolve) => setImmediate(resolve));
    expect(await hub.store.events.head()).toMatchObject({ position: backup });
    expect(await live()).toEqual({ a: 5, b: 5 });
  });
});

describe('a hub that came back from a backup', () => {
  it('raises told to what its clusters hold, and lowers nothing that lives before a person has confirmed', async () => {
    const backup = await head();
    await hub.apply(web(10));
    await liveIs({ a: 5, b: 5 });
    await hub.restoreHub(backup);
    const before = members.a.mutations.length;
    await startSyncers();
    await toldIs({ a: 5, b: 5 });
    expect((await placed())[0].waitsFor).toContain('skerry confirm restore a');
    expect(await live()).toEqual({ a: 5, b: 5 });
    expect(members.a.mutations.slice(before)).toEqual([]);
    await confirm('a');
    // nothing is ready here, so a falls to n = 4 and no further; b still waits for a person
    await liveIs({ a: 4, b: 5 });
    await toldIs({ a: 4, b: 5 });
  }, 40_000);

  it('lowers to no count of the backup when a person confirms before the hub has heard of what lives', async () => {
    const backup = await head();
    await hub.apply(web(10));
    await liveIs({ a: 5, b: 5 });
    await hub.restoreHub(backup);
    for (const cluster of ['a', 'b']) await confirm(cluster);
    members.a.sent.clear();
    await startSyncers();
    await liveIs({ a: 4, b: 4 });
    const counts = members.a.sent.get(PATH)!.map(({ spec }) => spec.replicas);
    expect(Math.min(...counts)).toBe(4);
  }, 40_000);

  it('tells a cluster again what the backup does not know that it holds', async () => {
    const backup = await head();
    await hub.apply(policy('b'));
    await liveIs({ a: 2, b: 4 });
    await hub.restoreHub(backup);
    await hub.apply(policy('a'));
    await startSyncers();
    await toldIs({ a: 4, b: 4 });
    expect(await live()).toEqual({ a: 2, b: 4 });
  }, 40_000);

  it('does not take the confirmation of an earlier restore for one of this', async () => {
    await confirm('a');
    const backup = await head();
    await hub.apply(web(10));
    await liveIs({ a: 5, b: 5 });
    await hub.restoreHub(backup);
    await startSyncers();
    expect(await members.a.orders()).toEqual({});
    await confirm('a');
    expect(await members.a.orders()).toMatchObject({ restore: expect.any(String) });
  }, 40_000);
});
