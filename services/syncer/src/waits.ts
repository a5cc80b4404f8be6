/** Who is looked at again when something happens; a wake-up by time is only the net below. */
export class Waits {
  readonly #waiting = new Map<string, Set<string>>();
  readonly #waitsOf = new Map<string, Set<string>>();

  add(what: string, uid: string): void {
    join(this.#waiting, what, uid);
    join(this.#waitsOf, uid, what);
  }

  /** It happened: answers who waited for it, each once. */
  take(what: string): Iterable<string> {
    const uids = this.#waiting.get(what) ?? [];
    this.#waiting.delete(what);
    for (const uid of uids) leave(this.#waitsOf, uid, what);
    return uids;
  }

  /** It waits for nothing any more. */
  forget(uid: string): void {
    for (const what of this.#waitsOf.get(uid) ?? []) leave(this.#waiting, what, uid);
    this.#waitsOf.delete(uid);
  }

  /** who waits, for how many things */
  get size(): number {
    return this.#waitsOf.size;
  }
}

const join = (sets: Map<string, Set<string>>, of: string, member: string): void => {
  const members = sets.get(of) ?? new Set();
  sets.set(of, members.add(member));
};

const leave = (sets: Map<string, Set<string>>, of: string, member: string): void => {
  const members = sets.get(of);
  if (members?.delete(member) && members.size === 0) sets.delete(of);
};
