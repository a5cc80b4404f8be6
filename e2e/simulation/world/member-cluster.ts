import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { type ClusterSim, createClusterSim } from '@skerry/cluster-sim/cluster-sim';
import { type ClusterSnapshot, restoreInto, startVersionAfter, toSnapshot } from '@skerry/cluster-sim/snapshot';
import type { ObjectStore, StoredObject } from '@skerry/ports/object-store/object-store';
import { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** A write to the store of a member. `user` is undefined for its own controllers. */
export interface Written {
  readonly stored: StoredObject;
  readonly gone: boolean;
  readonly user: string | undefined;
  readonly subresource: string;
}

interface MemberClusterOptions {
  readonly name: string;
  readonly seed: number;
  readonly timeline: Timeline;
  /** told of every write to the cluster's store, whoever wrote */
  readonly onWritten: (written: Written) => void;
  /** everything is as an older backup had it */
  readonly onRestored: () => void;
}

const NODES = ['a', 'b'].map((name) => ({ name, cpuMillis: 64_000, memoryBytes: 2 ** 38, pods: 1_000 }));

/** A simulated member that outlives whatever drives it, and can be set back to a backup of itself. */
export class MemberCluster {
  readonly name: string;
  /** the fleet's links to it stay; behind them it may be another one */
  sim: ClusterSim;
  /** every line of a watch is so late */
  watchDelayMs = 0;
  readonly #options: MemberClusterOptions;
  #backup: ClusterSnapshot | undefined;
  #lives = 0;

  constructor(options: MemberClusterOptions) {
    this.name = options.name;
    this.#options = options;
    this.sim = this.#make(new MemoryObjectStore());
  }

  start(): Promise<void> {
    return this.sim.start();
  }

  async backUp(): Promise<void> {
    this.#backup = toSnapshot(await this.sim.dump());
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined;
  }

  async restore(): Promise<void> {
    const backup = this.#backup;
    if (!backup) return;
    // nobody is answered by the one that is replaced
    this.sim.faults.takeApiDown();
    this.sim.stop();
    const { version } = await this.sim.dump();
    const store = new MemoryObjectStore({ startVersion: startVersionAfter({ ...backup, version }) });
    this.#options.onRestored();
    const tapped = this.#tap(store);
    await restoreInto(tapped, backup);
    this.sim = this.#make(store);
    await this.sim.start();
  }

  #make(store: ObjectStore): ClusterSim {
    const { name, seed, timeline } = this.#options;
    const random = new Random(seed, `member-${name}-${(this.#lives += 1)}`).next;
    const clock = {
      now: () => timeline.date(),
      monotonicMs: () => timeline.nowMs,
      after: (delayMs: number, wake: () => void) => timeline.after(delayMs, wake),
    };
    return createClusterSim({
      name,
      nodes: NODES,
      store: this.#tap(store),
      clock,
      random,
      startUpDelayMs: 400,
      startUpJitterMs: 800,
      terminationMs: 300,
      evictionDelayMs: 5_000,
      bookmarkIntervalMs: 60_000,
      onFailure: () => {},
    });
  }

  #tap(inner: ObjectStore): ObjectStore {
    return {
      head: () => inner.head(),
      get: (key) => inner.get(key),
      list: (collection, query) => inner.list(collection, query),
      watch: (collection, from) => inner.watch(collection, from),
      write: async (write, context) => {
        const stored = await inner.write(write, context);
        const { user, subresource = '' } = context;
        this.#options.onWritten({ stored, gone: write.kind === 'delete', user, subresource });
        return stored;
      },
    };
  }
}
