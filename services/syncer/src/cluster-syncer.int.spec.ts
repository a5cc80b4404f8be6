import { MemoryMember } from '@skerry/adapters/memory/member';
import { startSimulatedCluster } from '@skerry/testing/members/simulated-member';
import { syncerSuite } from '@skerry/testing/syncer/syncer-suite';
import { ClusterSyncer } from './cluster-syncer.ts';

syncerSuite({
  name: 'a simulated cluster',
  openMember: async () => {
    const sim = await startSimulatedCluster();
    return {
      access: () => new MemoryMember(sim.handle),
      freeze: (part) => sim.faults.freeze(part),
      close: async () => sim.stop(),
    };
  },
  makeSyncer: (parts) => new ClusterSyncer(parts),
});
