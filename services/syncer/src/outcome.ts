import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';

/** Where one object stands after the last look at it. */
export interface Outcome {
  readonly state: ObservedState;
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

export const APPLIED: Outcome = { state: ObservedState.APPLIED, reason: '', field: '', message: '' };
export const GONE: Outcome = { state: ObservedState.GONE, reason: '', field: '', message: '' };

export const outcomeOf = (state: ObservedState, why: { reason: string; field?: string; message: string }): Outcome => ({
  state,
  reason: why.reason,
  field: why.field ?? '',
  message: why.message,
});
