import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { type ObjectDesired, type ObjectWithdrawn } from '@skerry/contract/generated/skerry/v1/desired_pb';
import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { decodeEvent } from '@skerry/domain/codec';
import type { AppliedRecord } from '@skerry/engines/sync/sync-plan';
import type { Position, StoredEvent } from '@skerry/ports/event-store/event-store';
import { liveKey } from './live-state.ts';

/** What is kept of an order: a message of so many fields takes ten times the room of one that is made at once. */
export type Order = Readonly<
  Pick<ObjectDesired, 'ref' | 'placementVersion' | 'body' | 'told' | 'hasReplicas' | 'adopt' | 'hash'>
>;

const orderOf = ({ ref, placementVersion, body, told, hasReplicas, adopt, hash }: ObjectDesired): Order => ({
  ref,
  placementVersion,
  body,
  told,
  hasReplicas,
  adopt,
  hash,
});

/** What the hub wants of this cluster, by uid; and by name, to know whether a name is wanted by another uid. */
export class DesiredState {
  readonly desired = new Map<string, Order>();
  readonly withdrawn = new Map<string, ObjectWithdrawn>();
  #lastPosition = 0;
  readonly #byNamespace = new Map<string, Set<string>>();
  /** what was applied last, as the hub was told: comes back with the snapshot, so that a restart repeats nothing */
  readonly applied = new Map<string, AppliedRecord>();
  /** whose name something else had at the last look at it */
  readonly taken = new Set<string>();

  /** Of the last order; at the start they do not come in the order of their positions. */
  get lastPosition(): Position {
    return this.#lastPosition;
  }

  fold(row: StoredEvent): string {
    this.#lastPosition = Math.max(this.#lastPosition, row.position);
    const event = decodeEvent(row);
    if (event.type === 'ObjectDesired') {
      this.desired.set(row.uid, orderOf(event.data));
      this.withdrawn.delete(row.uid);
      const uids = this.#byNamespace.get(row.namespace) ?? new Set();
      uids.add(row.uid);
      this.#byNamespace.set(row.namespace, uids);
    } else if (event.type === 'ObjectWithdrawn') {
      this.desired.delete(row.uid);
      this.withdrawn.set(row.uid, event.data);
      this.#leaveNamespace(row);
    } else if (event.type === 'WithdrawalEnded') {
      this.desired.delete(row.uid);
      this.withdrawn.delete(row.uid);
      this.applied.delete(row.uid);
      this.taken.delete(row.uid);
      this.#leaveNamespace(row);
    }
    return row.uid;
  }

  /**
   * What is gone was applied once, but is not now: made again it is nothing that somebody else took away. Nor is it what another
   * cluster of this name had; older versions did not say whose it was.
   */
  remember(observed: ObjectObserved, clusterUid: string): void {
    const { desiredHash, ownedHash, state } = observed;
    if (observed.clusterUid !== '' && observed.clusterUid !== clusterUid) return;
    if (state === ObservedState.NOT_OURS) this.taken.add(observed.ref!.uid);
    if (desiredHash !== '' && state !== ObservedState.GONE)
      this.applied.set(observed.ref!.uid, { desiredHash, ownedHash });
  }

  /** The hub remembers what was applied of objects that have been over for long. */
  forgetUnknown(): void {
    for (const uid of this.applied.keys()) if (!this.knows(uid)) this.applied.delete(uid);
    for (const uid of this.taken) if (!this.knows(uid)) this.taken.delete(uid);
  }

  refOf(uid: string): ObjectRef | undefined {
    return this.desired.get(uid)?.ref ?? this.withdrawn.get(uid)?.ref;
  }

  knows(uid: string): boolean {
    return this.desired.has(uid) || this.withdrawn.has(uid);
  }

  inNamespace(namespace: string): Iterable<string> {
    return this.#byNamespace.get(namespace) ?? [];
  }

  placementVersionOf(uid: string): bigint {
    return this.desired.get(uid)?.placementVersion ?? this.withdrawn.get(uid)?.placementVersion ?? 0n;
  }

  #leaveNamespace({ namespace, uid }: StoredEvent): void {
    const uids = this.#byNamespace.get(namespace);
    if (uids?.delete(uid) && uids.size === 0) this.#byNamespace.delete(namespace);
  }
}

export const keyOfRef = (ref: ObjectRef): string => liveKey(ref);
