import type { ClusterJudged, ClusterPortrayed } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ObjectDesired, ObjectWithdrawn } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { ObjectObserved, Repair } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';

/** Everything that other services have said about one object. */
export interface Said {
  selection?: SelectionDecided;
  placement?: PlacementDecided;
  placementVersion: number;
  readonly observed: Map<string, ObjectObserved>;
  /** the last repairs by cluster: a later report without any does not make them undone */
  readonly repairs: Map<string, readonly Repair[]>;
  readonly desired: Map<string, ObjectDesired>;
  readonly withdrawn: Map<string, { data: ObjectWithdrawn; since: Date }>;
  /** of a Cluster object */
  judged?: ClusterJudged;
  portrait?: ClusterPortrayed;
  /** when the conditions were last seen to change, by type */
  readonly changedAt: Map<string, { status: string; at: string }>;
  recordedAt: string;
}
