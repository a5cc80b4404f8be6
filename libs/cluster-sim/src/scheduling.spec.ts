import { describe, expect, it } from '@jest/globals';
import { Bench, node, workload } from './cluster-sim.spec-support.ts';

const unschedulable = async (bench: Bench): Promise<string> => {
  const [pod] = (await bench.list('pods')).filter((one) => one.spec.nodeName === undefined);
  const condition = pod.status.conditions.find((one: any) => one.type === 'PodScheduled');
  expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
  return condition.message;
};

describe('the scheduler of a simulated cluster', () => {
  it('spreads pods over the emptiest nodes', async () => {
    const bench = await Bench.start({ nodes: [node('a', { cpuMillis: 8_000 }), node('b', { cpuMillis: 4_000 })] });
    // Each pod takes 1,000m: node a has room for twice as many before it is as full as node b.
    await bench.make(workload({ replicas: 6, cpu: '1' }));
    const nodes = (await bench.list('pods')).map((pod) => pod.spec.nodeName).sort();
    expect(nodes).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
  });

  it('leaves pods pending that ask for more cpu than is left, with the reason', async () => {
    const bench = await Bench.start({ nodes: [node('a', { cpuMillis: 1_000 })] });
    // 3 × 400m > 1,000m
    await bench.make(workload({ replicas: 3, cpu: '400m' }));
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(2);
    expect(await unschedulable(bench)).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  });

  it('counts memory and the number of pods, too', async () => {
    const small = await Bench.start({ nodes: [node('a', { memoryBytes: 100 * 2 ** 20 })] });
    await small.make(workload({ replicas: 2 }));
    expect(await unschedulable(small)).toContain('1 Insufficient memory');
    const crowded = await Bench.start({ nodes: [node('a', { pods: 2 })] });
    await crowded.make(workload({ replicas: 3, cpu: '1m' }));
    expect(await unschedulable(crowded)).toContain('1 Too many pods');
  });

  it('places waiting pods as soon as room comes free', async () => {
    const bench = await Bench.start({ nodes: [node('a', { cpuMillis: 1_000 })] });
    await bench.make(workload({ name: 'first', replicas: 2, cpu: '500m' }));
    await bench.make(workload({ name: 'second', replicas: 2, cpu: '500m' }));
    await bench.pass(1_000);
    expect(await bench.countPods('Pending')).toBe(2);
    await bench.send('DELETE', 'deployments/first');
    await bench.pass(1_000);
    expect((await bench.pods()).map((pod) => pod.replace(/-.*/, ''))).toEqual(['second', 'second']);
    expect(await bench.countPods('Ready')).toBe(2);
  });

  it('places waiting pods on a node that joins later', async () => {
    const bench = await Bench.start({ nodes: [] });
    await bench.make(workload({ replicas: 1 }));
    expect(await unschedulable(bench)).toBe('0/0 nodes are available.');
    await bench.join('late', { cpu: '4', memory: '8Gi', pods: '10' });
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(1);
  });

  it('obeys node selectors and node affinity', async () => {
    const nodes = [node('a'), node('b', { labels: { disk: 'ssd' } }), node('c', { labels: { disk: 'nvme' } })];
    const bench = await Bench.start({ nodes });
    await bench.make(workload({ name: 'fast', replicas: 2, podSpec: { nodeSelector: { disk: 'ssd' } } }));
    const matchExpressions = [{ key: 'disk', operator: 'In', values: ['nvme'] }];
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
    await bench.make(workload({ name: 'new', replicas: 2, podSpec: { affinity: { nodeAffinity: required } } }));
    await bench.make(workload({ name: 'none', replicas: 1, podSpec: { nodeSelector: { disk: 'tape' } } }));
    const places = (await bench.list('pods')).map(({ metadata, spec }) => `${metadata.labels.app} ${spec.nodeName}`);
    expect(places.sort()).toEqual(['fast b', 'fast b', 'new c', 'new c', 'none undefined']);
    expect(await unschedulable(bench)).toBe(
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    );
  });

  it('keeps pods off tainted and cordoned nodes unless they tolerate it', async () => {
    const taints = [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }];
    const bench = await Bench.start({ nodes: [node('a', { taints }), node('b')] });
    await bench.patch('nodes/b', { spec: { unschedulable: true } });
    await bench.make(workload({ name: 'web', replicas: 1 }));
    const tolerations = [{ key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' }];
    await bench.make(workload({ name: 'db', replicas: 1, podSpec: { tolerations } }));
    const places = (await bench.list('pods')).map(({ metadata, spec }) => `${metadata.labels.app} ${spec.nodeName}`);
    expect(places.sort()).toEqual(['db a', 'web undefined']);
    expect(await unschedulable(bench)).toBe(
      '0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: db}, 1 node(s) were unschedulable.',
    );
    await bench.patch('nodes/b', { spec: { unschedulable: false } });
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(2);
  });

  it('lets a pod end before its room is given away', async () => {
    const bench = await Bench.start({ nodes: [node('a', { cpuMillis: 500 })], terminationMs: 400 });
    await bench.make(workload({ replicas: 1, cpu: '500m' }));
    await bench.pass(1_000);
    const [pod] = await bench.list('pods');
    await bench.send('DELETE', `pods/${pod.metadata.name}`);
    await bench.pass(390);
    expect((await bench.pods()).map((one) => one.split(' ')[1]).sort()).toEqual(['Pending', 'Terminating']);
    await bench.pass(400);
    expect((await bench.pods()).map((one) => one.split(' ')[1])).toEqual(['Ready']);
  });
});
