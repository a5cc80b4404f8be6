import type { PromiseName } from '../oracle/broken.ts';

/** One clause taken out of the product, as a change of its text. */
export interface Mutant {
  /** in words: what the product then does */
  readonly name: string;
  /** the clause that is gone, by its place in the architecture */
  readonly clause: string;
  readonly patches: readonly Patch[];
  /** the situation that it is looked for in */
  readonly profile: string;
  /** promises that have to do with the clause: it is killed when one of these is broken, not when just anything is */
  readonly noticedBy: readonly PromiseName[];
}

export interface Patch {
  /** below the root of the repository */
  readonly file: string;
  /** stands in it exactly once */
  readonly find: string;
  readonly replace: string;
}

/** What kills a mutant, found by the search and stored. */
export interface Killer {
  readonly seed: number;
  /** the promise that is broken then */
  readonly promise: PromiseName;
}
