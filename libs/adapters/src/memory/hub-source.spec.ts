import { describe } from '@jest/globals';
import { hubSourceContract } from '@skerry/testing/contracts/hub-source-contract';
import { MemoryHubSource } from './hub-source.ts';
import { createMemoryStore } from './store.ts';

describe('the hub in memory', () => {
  hubSourceContract(async () => {
    const { events } = createMemoryStore();
    const source = new MemoryHubSource({ store: events, cluster: 'a' });
    return {
      source,
      events,
      desireLarge: async () => {
        const bytes = new TextEncoder().encode('{"kind":"ConfigMap"}');
        source.setBody('large', bytes);
        return { uid: 'large', bytes };
      },
      confirmWithdrawals: async (at) => source.confirm('withdrawals', at),
      takeDown: async () => source.setReachable(false),
      close: async () => {},
    };
  });
});
