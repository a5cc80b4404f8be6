import { describe, expect, it } from '@jest/globals';
import { Bench, node, workload } from './cluster-sim.spec-support.ts';

describe('a large simulated cluster', () => {
  it('costs at most 0.3 ms of CPU per change of a pod', async () => {
    const nodes = Array.from({ length: 50 }, (_, index) =>
      node(`n${index}`, { cpuMillis: 64_000, memoryBytes: 2 ** 38 }),
    );
    const bench = await Bench.start({ nodes, startUpJitterMs: 300 });
    const before = process.cpuUsage();
    for (let index = 0; index < 20; index++) await bench.make(workload({ name: `web-${index}`, replicas: 100 }));
    await bench.pass(1_000);
    const { user, system } = process.cpuUsage(before);
    expect(await bench.countPods('Ready')).toBe(2_000);
    // Each of 2,000 pods was made, bound and got ready.
    expect((user + system) / 1_000 / 6_000).toBeLessThan(0.3);
  });
});
