import { describe } from '@jest/globals';
import { blobsContract } from '@skerry/testing/contracts/blobs-contract';
import { keysContract } from '@skerry/testing/contracts/keys-contract';
import { leaseContract } from '@skerry/testing/contracts/lease-contract';
import { snapshotsContract } from '@skerry/testing/contracts/snapshots-contract';
import { createMemoryStore } from './store.ts';
import { VirtualClock } from './virtual-clock.ts';

const nothing = async (): Promise<void> => {};

describe('snapshots in memory', () => {
  snapshotsContract(async () => ({ snapshots: createMemoryStore().snapshots, close: nothing }));
});

describe('keys in memory', () => {
  keysContract(async () => ({ keys: createMemoryStore().keys, close: nothing }));
});

describe('blobs in memory', () => {
  blobsContract(async () => {
    const { blobs, blobShelf, keys } = createMemoryStore();
    const spoil = async (id: string): Promise<void> => {
      const bytes = blobShelf.bytes.get(id)!;
      blobShelf.bytes.set(id, bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1));
    };
    return { blobs, keys, stored: (id) => blobShelf.get(id), spoil, close: nothing };
  });
});

describe('leases in memory', () => {
  leaseContract(async () => {
    const clock = new VirtualClock();
    return { leases: createMemoryStore({ clock }).leases, pass: async (ms) => clock.advance(ms), close: nothing };
  });
});
