/** Who is looked at again when something happens; a wake-up by time is only the net below. */
export class Waits {
  readonly #waiting = new Map<string, Set<string>>();

  add(what: string, uid: string): void {
    const uids = this.#waiting.get(what) ?? new Set();
    uids.add(uid);
    this.#waiting.set(what, uids);
  }

  /** It happened: answers who waited for it, each once. */
  take(what: string): Iterable<string> {
    const uids = this.#waiting.get(what) ?? [];
    this.#waiting.delete(what);
    return uids;
  }
}
