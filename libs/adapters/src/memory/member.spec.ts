import { describe } from '@jest/globals';
import { memberContract } from '@skerry/testing/contracts/member-contract';
import { startSimulatedCluster } from '@skerry/testing/members/simulated-member';
import { MemoryMember } from './member.ts';

describe('the member in memory', () => {
  memberContract(async () => {
    const sim = await startSimulatedCluster();
    return {
      member: new MemoryMember(sim.handle),
      expireVersions: () => sim.faults.expireVersions(),
      takeDown: () => sim.faults.takeApiDown(),
      dropWatches: () => sim.faults.dropWatches(),
      close: async () => sim.stop(),
    };
  });
});
