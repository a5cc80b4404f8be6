import { describe, expect, it } from '@jest/globals';
import { Bench, workload } from './cluster-sim.spec-support.ts';

const store = (replicas: number, spec: object = {}) =>
  workload({ kind: 'StatefulSet', name: 'store', replicas, image: 'store:1', spec });

const withImage = (image: string) => ({ spec: { template: { spec: { containers: [{ name: 'main', image }] } } } });

describe('a StatefulSet in a simulated cluster', () => {
  it('makes its pods one after another, each when the one before is ready', async () => {
    const bench = await Bench.start({ startUpDelayMs: 100 });
    await bench.make(store(3));
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      seen.push((await bench.pods()).join(', '));
      await bench.pass(110);
    }
    expect(seen).toEqual([
      'store-0 Pending',
      'store-0 Ready, store-1 Pending',
      'store-0 Ready, store-1 Ready, store-2 Pending',
      'store-0 Ready, store-1 Ready, store-2 Ready',
    ]);
    const { status } = await bench.get('statefulsets/store');
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3 });
    expect(status.currentRevision).toBe(status.updateRevision);
  });

  it('begins at ordinals.start', async () => {
    const bench = await Bench.start();
    await bench.make(store(2, { ordinals: { start: 5 } }));
    await bench.pass(2_000);
    expect(await bench.pods()).toEqual(['store-5 Ready', 'store-6 Ready']);
  });

  it('with podManagementPolicy Parallel makes them all at once', async () => {
    const bench = await Bench.start();
    await bench.make(store(3, { podManagementPolicy: 'Parallel' }));
    expect(await bench.pods()).toEqual(['store-0 Pending', 'store-1 Pending', 'store-2 Pending']);
  });

  it('removes them from the last down, one at a time', async () => {
    const bench = await Bench.start({ terminationMs: 100 });
    await bench.make(store(3));
    await bench.pass(2_000);
    await bench.patch('statefulsets/store', { spec: { replicas: 1 } });
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Ready', 'store-2 Terminating']);
    await bench.pass(110);
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Terminating']);
    await bench.pass(110);
    expect(await bench.pods()).toEqual(['store-0 Ready']);
  });

  it('gives a pod that was deleted its name back, when the old one is gone', async () => {
    const bench = await Bench.start();
    await bench.make(store(2));
    await bench.pass(2_000);
    const { metadata } = await bench.get('pods/store-0');
    await bench.send('DELETE', 'pods/store-0');
    expect(await bench.pods()).toEqual(['store-0 Terminating', 'store-1 Ready']);
    await bench.pass(1_000);
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Ready']);
    expect((await bench.get('pods/store-0')).metadata.uid).not.toBe(metadata.uid);
  });

  it('waits for the names of its predecessor, whose pods are still ending', async () => {
    const bench = await Bench.start();
    await bench.make(store(2));
    await bench.pass(2_000);
    await bench.send('DELETE', 'statefulsets/store');
    await bench.make(store(2));
    expect(await bench.pods()).toEqual(['store-0 Terminating', 'store-1 Terminating']);
    await bench.pass(2_000);
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Ready']);
    expect((await bench.get('statefulsets/store')).status.readyReplicas).toBe(2);
  });

  it('rolls over from the last ordinal down to the partition', async () => {
    const bench = await Bench.start();
    await bench.make(store(3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }));
    await bench.pass(2_000);
    await bench.patch('statefulsets/store', withImage('store:2'));
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Ready', 'store-2 Terminating']);
    await bench.pass(5_000);
    const images = (await bench.list('pods')).map(({ spec }) => spec.containers[0].image);
    expect(images).toEqual(['store:1', 'store:2', 'store:2']);
    const { status } = await bench.get('statefulsets/store');
    expect(status).toMatchObject({ updatedReplicas: 2, currentReplicas: 1, readyReplicas: 3 });
    expect(status.currentRevision).not.toBe(status.updateRevision);
  });

  it('rolls over one at a time also with podManagementPolicy Parallel', async () => {
    const bench = await Bench.start();
    await bench.make(store(3, { podManagementPolicy: 'Parallel' }));
    await bench.pass(1_000);
    await bench.patch('statefulsets/store', withImage('store:2'));
    for (let step = 0; step < 40; step++) {
      expect(await bench.countPods('Ready')).toBeGreaterThanOrEqual(2);
      await bench.pass(50);
    }
    const images = (await bench.list('pods')).map(({ spec }) => spec.containers[0].image);
    expect(images).toEqual(['store:2', 'store:2', 'store:2']);
  });

  it('stops rolling over at a pod that never gets ready', async () => {
    const bench = await Bench.start();
    await bench.make(store(3));
    await bench.pass(2_000);
    await bench.patch('statefulsets/store', withImage('store:never-ready'));
    await bench.pass(10_000);
    expect(await bench.pods()).toEqual(['store-0 Ready', 'store-1 Ready', 'store-2 Running']);
  });
});
