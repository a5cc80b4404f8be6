/** The lowest ready count since the last report, per object: a dip between two reports must not go unseen. */
export class LowestReady {
  readonly #lowest = new Map<string, number>();

  /** Every change of the count passes through here. */
  saw(uid: string, ready: number): void {
    this.#lowest.set(uid, Math.min(this.#lowest.get(uid) ?? ready, ready));
  }

  /** The lowest since the last take; the present value starts the next interval. */
  take(uid: string, ready: number): number {
    const lowest = Math.min(this.#lowest.get(uid) ?? ready, ready);
    this.#lowest.set(uid, ready);
    return lowest;
  }

  forget(uid: string): void {
    this.#lowest.delete(uid);
  }
}
