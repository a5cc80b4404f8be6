import { describe, expect, it } from '@jest/globals';
import { Bench, workload } from './cluster-sim.spec-support.ts';

const running = async (): Promise<Bench> => {
  const bench = await Bench.start();
  await bench.make(workload({ replicas: 2 }));
  await bench.pass(1_000);
  return bench;
};

const remove = (bench: Bench, propagationPolicy: string) =>
  bench.send('DELETE', 'deployments/web', { propagationPolicy });

const left = async (bench: Bench): Promise<number[]> =>
  Promise.all(['deployments', 'replicasets', 'pods'].map(async (plural) => (await bench.list(plural)).length));

describe('what belongs to a deleted object', () => {
  it('goes after it in the background', async () => {
    const bench = await running();
    await remove(bench, 'Background');
    expect(await left(bench)).toEqual([0, 0, 2]);
    expect(await bench.countPods('Terminating')).toBe(2);
    await bench.pass(1_000);
    expect(await left(bench)).toEqual([0, 0, 0]);
  });

  it('goes before it in the foreground', async () => {
    const bench = await running();
    await remove(bench, 'Foreground');
    expect(await left(bench)).toEqual([1, 1, 2]);
    expect((await bench.get('deployments/web')).metadata.finalizers).toEqual(['foregroundDeletion']);
    await bench.pass(1_000);
    expect(await left(bench)).toEqual([0, 0, 0]);
  });

  it('stays when it is orphaned, and is adopted by the next of its kind', async () => {
    const bench = await running();
    const before = await bench.pods();
    await remove(bench, 'Orphan');
    await bench.pass(1_000);
    expect(await left(bench)).toEqual([0, 1, 2]);
    const [set] = await bench.list('replicasets');
    expect(set.metadata.ownerReferences).toBeUndefined();
    const { metadata } = await bench.make(workload({ replicas: 2 }));
    await bench.pass(1_000);
    expect(await bench.pods()).toEqual(before);
    expect((await bench.list('replicasets'))[0].metadata.ownerReferences).toMatchObject([{ uid: metadata.uid }]);
  });

  it('is taken over by the ReplicaSet that a Deployment makes anew', async () => {
    const bench = await running();
    const before = await bench.pods();
    const [set] = await bench.list('replicasets');
    await bench.send('DELETE', `replicasets/${set.metadata.name}`, { propagationPolicy: 'Orphan' });
    await bench.pass(1_000);
    expect(await bench.pods()).toEqual(before);
    const [next] = await bench.list('replicasets');
    expect(next.metadata.uid).not.toBe(set.metadata.uid);
    const owners = (await bench.list('pods')).map((pod) => pod.metadata.ownerReferences[0].uid);
    expect(owners).toEqual([next.metadata.uid, next.metadata.uid]);
  });

  it('goes, too, if it is made after its owner was deleted', async () => {
    const bench = await Bench.start();
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone-uid' }];
    const metadata = { name: 'late', ownerReferences };
    await bench.send('POST', 'configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    expect(await bench.get('configmaps/late')).toBeUndefined();
  });

  it('stays while one of its owners is there', async () => {
    const bench = await Bench.start();
    const make = async (name: string, ownerReferences: object[] = []) =>
      (await bench.make({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences } as never }))
        .metadata;
    const owner = async (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: (await make(name)).uid });
    const owners = [await owner('one'), await owner('two')];
    await make('child', owners);
    await bench.send('DELETE', 'configmaps/one');
    expect((await bench.get('configmaps/child')).metadata.ownerReferences).toMatchObject([{ name: 'two' }]);
    await bench.send('DELETE', 'configmaps/two');
    expect(await bench.get('configmaps/child')).toBeUndefined();
  });
});

describe('namespaces of a simulated cluster', () => {
  it('are there from the start, and nothing can be made in one that is not', async () => {
    const bench = await Bench.start();
    const names = (await bench.list('namespaces')).map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['default', 'kube-system']));
    const path = '/api/v1/namespaces/nowhere/configmaps';
    const { status } = await bench.send('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    expect(status).toBe(404);
  });

  it('take everything with them, pods after their grace, and go last', async () => {
    const bench = await Bench.start();
    await bench.make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await bench.send('POST', '/apis/apps/v1/namespaces/shop/deployments', workload({ replicas: 2 }));
    const kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept', finalizers: ['example.com/wait'] } };
    await bench.send('POST', '/api/v1/namespaces/shop/configmaps', kept);
    await bench.pass(1_000);
    await bench.send('DELETE', 'namespaces/shop');
    expect((await bench.get('namespaces/shop')).status.phase).toBe('Terminating');
    await bench.pass(1_000);
    expect((await bench.get('/api/v1/namespaces/shop/pods')).items).toEqual([]);
    const late = await bench.send('POST', '/api/v1/namespaces/shop/configmaps', {
      ...kept,
      metadata: { name: 'late' },
    });
    expect(late.status).toBe(403);
    expect(await bench.get('namespaces/shop')).toBeDefined();
    await bench.patch('/api/v1/namespaces/shop/configmaps/kept', { metadata: { finalizers: null } });
    expect(await bench.get('namespaces/shop')).toBeUndefined();
    await bench.make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });
});
