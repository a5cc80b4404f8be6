import { eventually, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const NOTE = '/api/v1/namespaces/shop/configmaps/note';
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: {},
});
const policy = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace: 'shop' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }] },
};

describe('a cluster that is removed', () => {
  let hub: MemoryHub;
  beforeEach(async () => {
    hub = await startMemoryHub();
  });
  afterEach(() => hub.close());

  it('is told to remove nothing, also while its syncer still runs', async () => {
    const [left, stays] = [await hub.join('a'), await hub.join('b')];
    await hub.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await hub.apply(policy);
    await hub.apply(configMap('note'));
    for (const member of [left, stays]) await eventually('live', () => member.get(NOTE));
    expect((await hub.call('DELETE', '/apis/skerry.dev/v1alpha1/clusters/a')).status).toBe(200);
    await eventually('the hub counts on it no more', async () => {
      const { body } = await hub.call('GET', '/skerry/v1/placements/core/configmaps/shop/note');
      return body.clusters.every((one: any) => one.cluster === 'b' && !one.withdrawal);
    });
    await hub.apply(configMap('later'));
    await eventually('what came later is live', () => stays.get('/api/v1/namespaces/shop/configmaps/later'));
    const { events } = await hub.store.events.read({ after: 0, limit: 10_000, categories: ['desired'] });
    expect(events.filter(({ type, cluster }) => type === 'ObjectWithdrawn' && cluster === 'a')).toEqual([]);
    expect(left.mutations.filter((one) => one.startsWith('DELETE'))).toEqual([]);
    expect(await left.get(NOTE)).toBeDefined();
  });

  it('has no say for the next one of its name: its token reads nothing of it', async () => {
    const left = await hub.join('a');
    expect(await left.orders()).toEqual({});
    await hub.call('DELETE', '/apis/skerry.dev/v1alpha1/clusters/a');
    const cluster = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Cluster', metadata: { name: 'a' } };
    const { status, body } = await hub.apply(cluster);
    expect(status).toBe(201);
    await expect(left.orders()).rejects.toThrow(/the hub answered 403 .* is for the Cluster object with uid /);
    await expect(left.orders()).rejects.toThrow(`it is then given a token for uid ${body.metadata.uid}`);
  });
});
