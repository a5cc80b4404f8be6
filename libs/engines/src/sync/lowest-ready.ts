interface Lowest {
  /** since the last take */
  present: number;
  /** of what was taken and is not known to have arrived */
  unconfirmed: number;
}

/**
 * The lowest ready count since the last report that arrived, per object: a dip between two reports must not go unseen, nor
 * one whose report was lost.
 */
export class LowestReady {
  readonly #lowest = new Map<string, Lowest>();

  /** Every change of the count passes through here. */
  saw(uid: string, ready: number): void {
    const known = this.#of(uid, ready);
    known.present = Math.min(known.present, ready);
  }

  /** The lowest since the last take that was confirmed; the present value starts the next interval. */
  take(uid: string, ready: number): number {
    const known = this.#of(uid, ready);
    known.unconfirmed = Math.min(known.present, known.unconfirmed, ready);
    known.present = ready;
    return known.unconfirmed;
  }

  /** What was taken last has arrived. */
  confirm(uid: string): void {
    const known = this.#lowest.get(uid);
    if (known) known.unconfirmed = Infinity;
  }

  forget(uid: string): void {
    this.#lowest.delete(uid);
  }

  #of(uid: string, ready: number): Lowest {
    const known = this.#lowest.get(uid);
    if (known) return known;
    const made = { present: ready, unconfirmed: Infinity };
    this.#lowest.set(uid, made);
    return made;
  }
}
