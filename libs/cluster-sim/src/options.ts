import type { Clock } from '@skerry/ports/clock/clock';
import type { ObjectStore } from '@skerry/ports/object-store/object-store';
import type { Taint } from './objects/views.ts';

/** A node of a simulated cluster: what it offers, and what keeps pods off it. */
export interface SimNode {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** How many pods fit; default 110. */
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

export interface ClusterSimOptions {
  readonly name: string;
  /** Made at the start unless a node of that name is in the store. */
  readonly nodes: readonly SimNode[];
  /** The cluster's etcd. Nobody else writes to it: the controllers follow what passes through the simulator. */
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** 0 ≤ x < 1. Seeded, the same requests in the same order give the same objects. */
  readonly random: () => number;
  /** From the binding of a pod until it is ready. Default 200. */
  readonly startUpDelayMs?: number;
  /** Up to so much longer, by `random`. Default 0. */
  readonly startUpJitterMs?: number;
  /** How long a deleted pod stays, if its grace period is not shorter. Default 200. */
  readonly terminationMs?: number;
  /** From the loss of a node until its pods are evicted. Default 30,000. */
  readonly evictionDelayMs?: number;
  /** How long the pod of a Job runs before it succeeds. Default 1,000. */
  readonly jobDurationMs?: number;
  readonly bookmarkIntervalMs?: number;
  /** Told when the store failed under a controller; that object is looked at again at its next change. */
  readonly onFailure?: (error: unknown) => void;
}
