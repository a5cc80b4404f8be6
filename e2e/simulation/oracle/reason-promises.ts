import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { RowPromise } from './promise.ts';

/** P10: whatever was decided, refused or failed says why. */
export const reasonPromises: RowPromise = ({ ledger, verdicts }, row) => {
  const place = `${row.cluster}/${row.uid}`;
  const missing = (what: string): void => verdicts.broken('P10', `${row.type} at ${row.position}: ${what}`);
  if (row.type === 'SelectionDecided') {
    const { policy, unfit, engine, fits } = ledger.selections.last(row.uid)!.data;
    if (!policy || engine === '') missing('names no policy or no engine');
    if (unfit.some(({ reason }) => reason === '')) missing('a cluster is unfit without a reason');
    if (fits.some(({ mayGrow, noGrowthReason }) => !mayGrow && noGrowthReason === '')) missing('no growth, no reason');
  } else if (row.type === 'PlacementDecided') {
    const { engine, removed } = ledger.placements.last(row.uid)!.data;
    if (engine === '') missing('names no engine');
    if (removed.some(({ cause }) => cause === '')) missing('a cluster is left without a cause');
  } else if (row.type === 'ClusterJudged') {
    if (ledger.verdicts.last(row.cluster)!.data.reason === '') missing('a verdict without a reason');
  } else if (row.type === 'ObjectObserved') {
    const { state, reason, message } = ledger.observed.last(place)!.data;
    const isFine = state === ObservedState.APPLIED || state === ObservedState.GONE;
    if (!isFine && (reason === '' || message === '')) missing(`${ObservedState[state]} without a reason`);
  }
};
