import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';

/** Category `observed`: what a cluster says about an object. */
export const OBSERVED = 'observed';

export const observedStream = (cluster: string, uid: string): string => `${OBSERVED}-${cluster}/${uid}`;
export const observedChannel = (cluster: string): string => `${OBSERVED}.${cluster}`;

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
