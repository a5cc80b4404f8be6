import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Keys } from '@skerry/ports/keys/keys';
import { createMemoryBlobs, MemoryBlobShelf } from './blobs.ts';
import { MemoryEventStore } from './event-store.ts';
import { createMemoryKeys } from './keys.ts';
import { MemoryLeases } from './leases.ts';
import { MemorySnapshots } from './snapshots.ts';
import { systemClock } from './system-clock.ts';

/** Everything that PostgreSQL gives, in memory: same members as `PostgresStore`, plus hooks for tests. */
export interface MemoryStore {
  readonly events: MemoryEventStore;
  readonly leases: MemoryLeases;
  readonly snapshots: MemorySnapshots;
  readonly keys: Keys;
  readonly blobs: Blobs;
  readonly blobShelf: MemoryBlobShelf;
}

/** A fresh store. `clock` (default the system's) dates the events and ages the leases. */
export const createMemoryStore = (options: { clock?: Clock; fleet?: string; site?: string } = {}): MemoryStore => {
  const { clock = systemClock, ...names } = options;
  const leases = new MemoryLeases(clock);
  const keys = createMemoryKeys();
  const blobShelf = new MemoryBlobShelf();
  return {
    events: new MemoryEventStore({ clock, leases, ...names }),
    leases,
    snapshots: new MemorySnapshots(),
    keys,
    blobShelf,
    blobs: createMemoryBlobs(keys, blobShelf),
  };
};
