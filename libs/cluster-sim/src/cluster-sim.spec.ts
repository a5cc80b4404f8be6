import { describe, expect, it } from '@jest/globals';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { Bench, node, workload } from './cluster-sim.spec-support.ts';
import { restoreInto, startVersionAfter, toSnapshot } from './snapshot.ts';

/** A day in the life of a cluster, with everything that could happen in more than one order. */
const play = async (seed: number): Promise<string> => {
  const bench = await Bench.start({ seed, startUpJitterMs: 500, nodes: [node('a'), node('b'), node('c')] });
  await bench.make(workload({ replicas: 5 }));
  await bench.make(workload({ kind: 'StatefulSet', name: 'store', replicas: 3 }));
  await bench.pass(700);
  await bench.patch('deployments/web', { spec: { replicas: 7 } });
  bench.sim.faults.fail({ fraction: 0.1 });
  const containers = [{ name: 'main', image: 'web:2' }];
  await bench.patch('deployments/web', { spec: { template: { spec: { containers } } } });
  await bench.pass(300);
  bench.sim.faults.loseNode('b');
  await bench.pass(60_000);
  const { objects, version } = await bench.sim.dump();
  return JSON.stringify({ version, objects });
};

describe('a simulated cluster', () => {
  it('comes to the same objects from the same seed and the same requests', async () => {
    const first = await play(7);
    expect(await play(7)).toBe(first);
    expect(await play(8)).not.toBe(first);
  });

  it('gives a Service an address that no other has, and keeps it', async () => {
    const bench = await Bench.start();
    const make = (name: string, spec: object = {}) =>
      bench.make({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
    const addressOf = (service: any): string => service.spec.clusterIP;
    const first = addressOf(await make('one'));
    const second = addressOf(await make('two'));
    expect(first).toMatch(/^10\.96\.0\.\d+$/);
    expect(second).not.toBe(first);
    expect(addressOf(await make('none', { clusterIP: 'None' }))).toBe('None');
    const without = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' }, spec: { ports: [{ port: 81 }] } };
    const replaced = await bench.send('PUT', 'services/one', without);
    expect(addressOf(replaced.body)).toBe(first);
  });

  it('fills in what a Deployment does not say, as members do', async () => {
    const bench = await Bench.start();
    const { spec } = (await bench.make(workload())) as any;
    expect(spec).toMatchObject({ replicas: 1, revisionHistoryLimit: 10, strategy: { type: 'RollingUpdate' } });
    expect(spec.template.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
  });

  it('has leases, /readyz and /version', async () => {
    const bench = await Bench.start();
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'mine' }, spec: {} };
    expect((await bench.send('POST', path, lease)).status).toBe(201);
    expect((await bench.sim.handle({ method: 'GET', path: '/readyz' })).body).toBe('ok');
    expect((await bench.get('/version')).gitVersion).toMatch(/^v1\./);
  });

  it('runs a DaemonSet on every node that takes it, later ones too', async () => {
    const bench = await Bench.start({
      nodes: [node('a'), node('b', { taints: [{ key: 'x', value: 'y', effect: 'NoSchedule' }] })],
    });
    await bench.make(workload({ kind: 'DaemonSet', name: 'agent' }));
    await bench.pass(1_000);
    const nodes = async () => (await bench.list('pods')).map((pod) => pod.spec.nodeName).sort();
    expect(await nodes()).toEqual(['a']);
    await bench.patch('nodes/b', { spec: { taints: null } });
    await bench.pass(1_000);
    expect(await nodes()).toEqual(['a', 'b']);
    expect((await bench.get('daemonsets/agent')).status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
    const containers = [{ name: 'main', image: 'agent:2' }];
    await bench.patch('daemonsets/agent', { spec: { template: { spec: { containers } } } });
    await bench.pass(5_000);
    expect((await bench.list('pods')).map((pod) => pod.spec.containers[0].image)).toEqual(['agent:2', 'agent:2']);
  });

  it('runs a Job until enough of its pods have succeeded', async () => {
    const bench = await Bench.start({ jobDurationMs: 1_000 });
    await bench.make(workload({ kind: 'Job', name: 'count', spec: { completions: 3, parallelism: 2 } }));
    await bench.pass(500);
    expect((await bench.get('jobs/count')).status).toMatchObject({ active: 2, ready: 2 });
    await bench.pass(5_000);
    const { status } = await bench.get('jobs/count');
    expect(status.succeeded).toBe(3);
    expect(status.conditions).toMatchObject([{ type: 'Complete', status: 'True' }]);
    expect(await bench.countPods('Succeeded')).toBe(3);
  });

  it('forgets the pods of a node that is deleted, and runs them elsewhere', async () => {
    const bench = await Bench.start({ nodes: [node('a'), node('b')] });
    await bench.make(workload({ replicas: 4 }));
    await bench.pass(1_000);
    await bench.send('DELETE', 'nodes/a');
    await bench.pass(1_000);
    expect((await bench.list('pods')).map((pod) => pod.spec.nodeName)).toEqual(['b', 'b', 'b', 'b']);
    expect(await bench.countPods('Ready')).toBe(4);
  });

  it('goes on in another process where it was saved, even in the middle of a rollout', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 4 }));
    await bench.make(workload({ name: 'big', replicas: 1, cpu: '100' }));
    await bench.pass(1_000);
    const containers = [{ name: 'main', image: 'web:2' }];
    await bench.patch('deployments/web', { spec: { template: { spec: { containers } } } });
    const snapshot = JSON.parse(JSON.stringify(toSnapshot(await bench.sim.dump())));
    bench.sim.stop();
    const store = new MemoryObjectStore({ startVersion: startVersionAfter(snapshot) });
    await restoreInto(store, snapshot);
    const next = await Bench.start({ store, seed: 2 });
    await next.pass(5_000);
    const web = (await next.list('pods')).filter((pod) => pod.metadata.labels.app === 'web');
    expect(web.map((pod) => pod.spec.containers[0].image)).toEqual(Array(4).fill('web:2'));
    expect(await next.countPods('Ready')).toBe(4);
    await next.join('huge', { cpu: '200', memory: '64Gi', pods: '9' });
    await next.pass(1_000);
    expect(await next.countPods('Ready')).toBe(5);
  });

  it('stands still once it is stopped', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 2 }));
    bench.sim.stop();
    await bench.clock.advanceAsync(60_000);
    expect(await bench.countPods('Ready')).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });
});
