/** What is promised, as design and documentation number it, or a clause of the law. */
export type PromiseName =
  | `P${1 | 2 | 3 | 4 | 6 | 8 | 9 | 10 | 11}`
  | `law: ${Clause}`
  /** one writer of the store, one syncer of a cluster */
  | 'leases'
  /** without trouble everything comes to where it has to be */
  | 'progress';

type Clause =
  | 'a copy leaves'
  | 'a fall stops'
  | 'a withdrawal stays'
  | 'absence never deletes'
  | 'basis'
  | 'by uid'
  | 'nothing falls under a verdict'
  | 'what counts as a report';

/** A promise of the product that does not hold. */
export class Broken extends Error {
  readonly promise: PromiseName;

  constructor(promise: PromiseName, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}

/** Where promises find that they are broken: the first one counts. */
export class Verdicts {
  #first: Broken | undefined;

  broken(promise: PromiseName, message: string): void {
    this.#first ??= new Broken(promise, message);
  }

  throwFirst(): void {
    if (this.#first) throw this.#first;
  }
}
