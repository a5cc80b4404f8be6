/** A promise of the product that does not hold. */
export class Broken extends Error {
  /** the promise, as design and documentation number it, or `law: …`, or `progress` */
  readonly promise: string;

  constructor(promise: string, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}

/** Where promises find that they are broken: the first one counts. */
export class Verdicts {
  #first: Broken | undefined;

  broken(promise: string, message: string): void {
    this.#first ??= new Broken(promise, message);
  }

  throwFirst(): void {
    if (this.#first) throw this.#first;
  }
}
