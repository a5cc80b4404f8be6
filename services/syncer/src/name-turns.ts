/**
 * Two uids may have one name for a while: one is told, and the other is not withdrawn yet. What is made is made only where
 * nothing has the name, but a change of what was there has no such condition: one that is on its way for the earlier uid would
 * be merged into what was made for the later one. So they are looked at one after another.
 */
export class NameTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when nobody else of that name is under way, with a function to be called when this one no longer is. */
  async enter(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    let leave = (): void => {};
    const done = new Promise<void>((resolve) => (leave = resolve));
    this.#last.set(name, done);
    if (before) await before;
    return () => {
      if (this.#last.get(name) === done) this.#last.delete(name);
      leave();
    };
  }

  /** names that somebody is under way with */
  get size(): number {
    return this.#last.size;
  }
}
