import type { EventRange, StoredEvent, StoreHead } from '../event-store/event-store.ts';

/** Orders of people that a syncer waits for, from the cluster's own Cluster object. */
export interface ClusterOrders {
  /** ISO time of the last confirmation; undefined: none */
  readonly withdrawals: string | undefined;
  /** the same, of those that name the hub's present incarnation: one of an earlier restore says nothing of this one */
  readonly restore: string | undefined;
}

/**
 * What a syncer reads of the hub, for its own cluster only: the desired state (last row of every stream, refill from a
 * position), what it reported last, bodies by uid, and orders. Throws TransientFailure while the hub cannot be reached.
 */
export interface HubSource {
  head(): Promise<StoreHead>;
  readDesired(request: { after: number; limit: number }): Promise<EventRange>;
  /** last rows of `desired` or `observed` of this cluster, in stream order */
  readLast(request: {
    category: 'desired' | 'observed';
    afterStream: string;
    limit: number;
  }): Promise<readonly StoredEvent[]>;
  /** the body that the cluster is told for this uid, unsealed */
  body(uid: string): Promise<Uint8Array>;
  orders(): Promise<ClusterOrders>;
  close(): Promise<void>;
}
