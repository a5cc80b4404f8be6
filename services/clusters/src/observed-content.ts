import { isOverThere } from '@skerry/domain/observed/observed';
import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';

export interface LastObserved {
  readonly content: string;
  readonly ref: ObjectObserved['ref'];
  readonly gone: boolean;
  /** gone, or not reported any more */
  readonly over: boolean;
  /** of the Cluster that reported it; empty: an older version wrote it, of whichever there was */
  readonly clusterUid: string;
}

/** Fewer were ready for a moment of the time that is reported. It ends every soak, so it is news also when the last one was as deep. */
export const dipped = ({ hasCount, count }: ObjectObserved): boolean =>
  hasCount && count !== undefined && count.lowestReady < count.ready;

/** A report without a dip is skipped only if it equals the last one in every field that a reader can act on, the lowest ready included. */
export const contentOf = (data: ObjectObserved): LastObserved => ({
  content: [
    data.placementVersion,
    data.state,
    data.desiredHash,
    data.ownedHash,
    data.memberUid,
    data.hasCount
      ? [
          data.count?.replicas,
          data.count?.ready,
          data.count?.updated,
          Math.min(data.count?.lowestReady ?? 0, data.count?.ready ?? 0),
        ].join('/')
      : '',
    data.reason,
    data.field,
    data.message,
    Buffer.from(data.status).toString('latin1'),
    data.appliedGeneration,
    data.hasHeld ? data.held : '',
  ].join('\0'),
  ref: data.ref,
  gone: data.state === ObservedState.GONE,
  over: isOverThere(data),
  clusterUid: data.clusterUid,
});
