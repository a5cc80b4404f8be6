/** How long a late event of something that is over may still come: events of one object travel over several channels. */
const LATE_MS = 60_000;

/** Uids of which nothing is left, until nothing more of them is to be expected either. Times are monotonic milliseconds. */
export class Departed {
  /** oldest first */
  readonly #sinceMs = new Map<string, number>();

  note(uid: string, nowMs: number): void {
    if (!this.#sinceMs.has(uid)) this.#sinceMs.set(uid, nowMs);
  }

  /** Forgets those of which something is left again: were nothing left a second time, its minute would begin then. */
  keep(isStill: (uid: string) => boolean): void {
    for (const uid of this.#sinceMs.keys()) if (!isStill(uid)) this.#sinceMs.delete(uid);
  }

  /** Those that were noted a minute ago or earlier, each once: whether still nothing is left of them is for the caller to see. */
  *due(nowMs: number): Iterable<string> {
    for (const [uid, sinceMs] of this.#sinceMs) {
      if (sinceMs + LATE_MS > nowMs) return;
      this.#sinceMs.delete(uid);
      yield uid;
    }
  }

  get size(): number {
    return this.#sinceMs.size;
  }
}
