import { eventually, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const credentials = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cluster-b', namespace: 'skerry-system' },
  data: { kubeconfig: 'c2VjcmV0' },
};
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const note = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace: 'shop' }, data: { a: '1' } };
const everything = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'ClusterPlacementPolicy',
  metadata: { name: 'everything' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
};

describe('the credentials of a member', () => {
  let hub: MemoryHub;
  beforeEach(async () => {
    hub = await startMemoryHub();
  });
  afterEach(() => hub.close());

  it('reach no other member, also when a policy selects everything', async () => {
    const member = await hub.join('a');
    await hub.apply(everything);
    for (const object of [namespace('skerry-system'), credentials, namespace('shop'), note])
      expect((await hub.apply(object)).status).toBe(201);
    await eventually('what came later is live', () => member.get('/api/v1/namespaces/shop/configmaps/note'));
    expect(await member.get('/api/v1/namespaces/skerry-system/secrets/cluster-b')).toBeUndefined();
    const { events } = await hub.store.events.read({ after: 0, categories: ['selection', 'placement', 'desired'] });
    expect(events.filter((event) => event.namespace === 'skerry-system')).toEqual([]);
  });

  it('may lie nowhere else', async () => {
    const access = { mode: 'Push', secretRef: { namespace: 'shop', name: 'cluster-b' } };
    const cluster = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Cluster', metadata: { name: 'b' }, spec: { access } };
    const { status, body } = await hub.apply(cluster);
    expect(status).toBe(422);
    expect(body.message).toContain('spec.access.secretRef.namespace');
  });
});
