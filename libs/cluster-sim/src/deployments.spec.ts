import { describe, expect, it } from '@jest/globals';
import { Bench, node, workload } from './cluster-sim.spec-support.ts';

describe('a Deployment in a simulated cluster', () => {
  it('runs as many ready pods as it wants after the start-up delay, and says so as the real controller does', async () => {
    const bench = await Bench.start({ startUpDelayMs: 500 });
    await bench.make(workload({ replicas: 3 }));
    expect(await bench.countPods('Pending')).toBe(3);
    await bench.pass(490);
    expect(await bench.countPods('Ready')).toBe(0);
    await bench.pass(20);
    expect(await bench.countPods('Ready')).toBe(3);
    const { status, metadata } = await bench.get('deployments/web');
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(status.unavailableReplicas).toBeUndefined();
    expect(status.conditions).toMatchObject([
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
    ]);
  });

  it('owns its pods through a ReplicaSet that carries the hash of the template', async () => {
    const bench = await Bench.start();
    const { metadata } = await bench.make(workload({ replicas: 1 }));
    const [set] = await bench.list('replicasets');
    const [pod] = await bench.list('pods');
    expect(set.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', uid: metadata.uid, controller: true }]);
    expect(pod.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', uid: set.metadata.uid }]);
    const hash = set.metadata.labels['pod-template-hash'];
    expect(set.metadata.name).toBe(`web-${hash}`);
    expect(pod.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(set.metadata.annotations['deployment.kubernetes.io/revision']).toBe('1');
  });

  it('scales up and down; what is not ready goes first', async () => {
    const bench = await Bench.start({ nodes: [node('a', { cpuMillis: 300 })] });
    await bench.make(workload({ replicas: 4 }));
    await bench.pass(1_000);
    const ready = (await bench.pods()).filter((pod) => pod.endsWith(' Ready'));
    expect(ready).toHaveLength(3);
    await bench.patch('deployments/web', { spec: { replicas: 3 } });
    await bench.pass(1_000);
    expect(await bench.pods()).toEqual(ready);
    await bench.patch('deployments/web', { spec: { replicas: 1 } });
    await bench.pass(1_000);
    expect(await bench.pods()).toHaveLength(1);
    await bench.patch('deployments/web', { spec: { replicas: 0 } });
    await bench.pass(1_000);
    expect((await bench.get('deployments/web')).status.replicas).toBeUndefined();
  });

  it('rolls over to a new image without ever leaving maxSurge and maxUnavailable', async () => {
    const bench = await Bench.start({ startUpDelayMs: 300, startUpJitterMs: 200 });
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate } };
    await bench.make(workload({ replicas: 4, spec }));
    await bench.pass(1_000);
    const containers = [{ name: 'main', image: 'web:2' }];
    await bench.patch('deployments/web', { spec: { template: { spec: { containers } } } });
    for (let step = 0; step < 60; step++) {
      await bench.pass(50);
      expect(await bench.countPods('Ready')).toBeGreaterThanOrEqual(3);
      const active = (await bench.pods()).filter((pod) => !pod.endsWith('Terminating'));
      expect(active.length).toBeLessThanOrEqual(5);
    }
    const pods = await bench.list('pods');
    expect(pods.map((pod) => pod.spec.containers[0].image)).toEqual(Array(4).fill('web:2'));
    const { metadata, status } = await bench.get('deployments/web');
    expect(metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
    expect(status).toMatchObject({ replicas: 4, updatedReplicas: 4, readyReplicas: 4 });
  });

  it('stops a rollout at an image that never gets ready, and reports the missed deadline', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 4, spec: { progressDeadlineSeconds: 60 } }));
    await bench.pass(1_000);
    const containers = [{ name: 'main', image: 'web:never-ready' }];
    await bench.patch('deployments/web', { spec: { template: { spec: { containers } } } });
    await bench.pass(30_000);
    expect(await bench.countPods('Ready')).toBe(3);
    await bench.pass(40_000);
    const { status } = await bench.get('deployments/web');
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }),
    );
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
  });

  it('goes back to an earlier template with its ReplicaSet, as a new revision', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 1 }));
    await bench.pass(1_000);
    const [first] = await bench.list('replicasets');
    const roll = (image: string) => {
      const container = { ...first.spec.template.spec.containers[0], image };
      return bench.patch('deployments/web', { spec: { template: { spec: { containers: [container] } } } });
    };
    await roll('web:2');
    await bench.pass(2_000);
    await roll('web:1');
    await bench.pass(2_000);
    const sets = await bench.list('replicasets');
    expect(sets).toHaveLength(2);
    expect((await bench.get(`replicasets/${first.metadata.name}`)).spec.replicas).toBe(1);
    expect((await bench.get('deployments/web')).metadata.annotations['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('with strategy Recreate has no pod of both templates at a time', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 2, spec: { strategy: { type: 'Recreate' } } }));
    await bench.pass(1_000);
    const containers = [{ name: 'main', image: 'web:2' }];
    await bench.patch('deployments/web', { spec: { template: { spec: { containers } } } });
    expect((await bench.pods()).map((pod) => pod.split(' ')[1])).toEqual(['Terminating', 'Terminating']);
    await bench.pass(2_000);
    expect((await bench.list('pods')).map((pod) => pod.spec.containers[0].image)).toEqual(['web:2', 'web:2']);
  });

  it('replaces a pod that somebody deletes', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 1 }));
    await bench.pass(1_000);
    const [pod] = await bench.list('pods');
    await bench.send('DELETE', `pods/${pod.metadata.name}`);
    expect((await bench.pods()).map((one) => one.split(' ')[1]).sort()).toEqual(['Pending', 'Terminating']);
    await bench.pass(1_000);
    const [next, ...others] = await bench.list('pods');
    expect(others).toEqual([]);
    expect(next.metadata.uid).not.toBe(pod.metadata.uid);
  });
});
