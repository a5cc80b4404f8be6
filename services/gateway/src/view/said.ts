import type { BlobRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ClusterJudged, ClusterPortrayed } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ObjectDesired, ObjectWithdrawn } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { ObjectObserved, Repair } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';

/** What is kept of a report. A message of so many fields takes ten times the room of an object that is made at once. */
export type Seen = Readonly<
  Pick<
    ObjectObserved,
    | 'ref'
    | 'cluster'
    | 'clusterUid'
    | 'state'
    | 'desiredHash'
    | 'count'
    | 'hasCount'
    | 'reason'
    | 'field'
    | 'message'
    | 'status'
  >
>;

const NO_STATUS = new Uint8Array();

export const seenOf = (observed: ObjectObserved): Seen => {
  const { ref, cluster, clusterUid, state, desiredHash, count, hasCount, reason, field, message } = observed;
  // it is a part of all that was read with the event, also when there is none, and would keep that in memory
  const status = observed.status.byteLength === 0 ? NO_STATUS : observed.status.slice();
  return { ref, cluster, clusterUid, state, desiredHash, count, hasCount, reason, field, message, status };
};

/** What is kept of an order: not the body, unless as where it is. */
export interface Told extends Readonly<Pick<ObjectDesired, 'ref' | 'hash' | 'refusedOverrides'>> {
  readonly blob: BlobRef | undefined;
}

export const toldOf = ({ ref, hash, refusedOverrides, body }: ObjectDesired): Told => ({
  ref,
  hash,
  refusedOverrides,
  blob: body?.at.case === 'blob' ? body.at.value : undefined,
});

/** For what an object mostly has none of: a map of its own is made for the first. */
export const NONE: ReadonlyMap<string, never> = new Map<string, never>();

export const put = <Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> => {
  if (map.size === 0) return new Map([[key, value]]);
  return (map as Map<string, Value>).set(key, value);
};

export const drop = (map: ReadonlyMap<string, unknown>, key: string): void => {
  if (map.size > 0) (map as Map<string, unknown>).delete(key);
};

/** Everything that other services have said about one object. */
export interface Said {
  selection?: SelectionDecided;
  placement?: PlacementDecided;
  placementVersion: number;
  readonly observed: Map<string, Seen>;
  /** the last repairs by cluster: a later report without any does not make them undone */
  repairs: ReadonlyMap<string, readonly Repair[]>;
  readonly desired: Map<string, Told>;
  withdrawn: ReadonlyMap<string, { data: ObjectWithdrawn; since: Date }>;
  /** of a Cluster object */
  judged?: ClusterJudged;
  portrait?: ClusterPortrayed;
  /** when the conditions were last seen to change, by type */
  readonly changedAt: Map<string, { status: string; at: string }>;
  recordedAt: string;
}
