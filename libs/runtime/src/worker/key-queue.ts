/** So many deletes are held on to by an iterator that stands still: V8 keeps every older table of the set for it. */
const CURSOR_KEEPS = 1_000;

/** Keys in the order in which they came, each once. Taking the next costs the same, however many were taken before it. */
export class KeyQueue {
  readonly #keys = new Set<string>();
  /** Goes on where it stopped: one that begins anew walks over everything that was ever taken from the front. */
  #cursor = this.#keys.values();
  #deleted = 0;

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  delete(key: string): boolean {
    const was = this.#keys.delete(key);
    if (was && (this.#deleted += 1) % CURSOR_KEEPS === 0) this.#cursor = this.#keys.values();
    return was;
  }

  /** To the end, if it is here: what was passed over as not free would otherwise wait for a whole round. */
  requeue(key: string): void {
    if (this.#keys.delete(key)) this.#keys.add(key);
  }

  /** Takes the first that is free. */
  take(isFree: (key: string) => boolean): string | undefined {
    for (let round = 0; round < 2 && this.#keys.size > 0; round += 1) {
      for (let step = this.#cursor.next(); !step.done; step = this.#cursor.next()) {
        if (!isFree(step.value)) continue;
        this.#keys.delete(step.value);
        return step.value;
      }
      this.#cursor = this.#keys.values();
    }
    return undefined;
  }
}
