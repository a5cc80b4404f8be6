import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';

/** Category `observed`: what a cluster says about an object. */
export const OBSERVED = 'observed';

export const observedStream = (cluster: string, uid: string): string => `${OBSERVED}-${cluster}/${uid}`;
export const observedChannel = (cluster: string): string => `${OBSERVED}.${cluster}`;

/** Reason of what the intake says itself: a complete set of reports does not name the object any more. */
export const NOT_REPORTED = 'NotReported';

/** The cluster says nothing more of the object until it has it again: it is gone, or not reported any more. */
export const isOverThere = ({ state, reason }: ObjectObserved): boolean =>
  state === ObservedState.GONE || reason === NOT_REPORTED;

export type ObservedEvent = { readonly type: 'ObjectObserved'; readonly data: ObjectObserved };

export const STATE_NAMES: Readonly<Record<ObservedState, string>> = {
  [ObservedState.UNSPECIFIED]: 'Unknown',
  [ObservedState.APPLIED]: 'Applied',
  [ObservedState.REFUSED]: 'Refused',
  [ObservedState.GONE]: 'Gone',
  [ObservedState.WAITING]: 'Waiting',
  [ObservedState.CONTENDED]: 'Contended',
  [ObservedState.NOT_OURS]: 'NotOurs',
  [ObservedState.ORPHAN]: 'Orphan',
};
