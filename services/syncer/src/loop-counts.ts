/** What the loop over a cluster's objects did, since the start of the process. */
export interface LoopCounts {
  applies: number;
  skips: number;
  repairs: number;
  deletes: number;
  refusals: number;
}

export const noLoopCounts = (): LoopCounts => ({ applies: 0, skips: 0, repairs: 0, deletes: 0, refusals: 0 });
