interface Due {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** So much at one moment, and it goes round in circles: a whole fleet that is set up at once needs a hundredth of it. */
const MOST_AT_ONCE = 100_000;

const START = Date.parse('2026-01-01T00:00:00Z');

/**
 * The one queue of everything that happens later, in virtual time. What falls due at the same time happens in the order in
 * which it was asked for. A step is one of these; between two steps all promises settle that can.
 */
export class Timeline {
  readonly #heap: Due[] = [];
  #nowMs = 0;
  #order = 0;
  #atOnce = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  date(offsetMs = 0): Date {
    return new Date(START + this.#nowMs + offsetMs);
  }

  after(delayMs: number, run: () => void): () => void {
    const due: Due = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(due);
    return () => (due.run = undefined);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  /** Something happens now that nothing has to fall due for. False: it never may, for this moment does not end. */
  happens(): boolean {
    this.#atOnce += 1;
    return !this.isStuck;
  }

  /** What happens now brings about more and more that happens now. */
  get isStuck(): boolean {
    return this.#atOnce > MOST_AT_ONCE;
  }

  /** Does the next thing. False: there is none before `untilMs`, and the time is that now. */
  step(untilMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      if (next.run === undefined) continue;
      if (next.atMs > this.#nowMs) this.#atOnce = 0;
      this.#atOnce += 1;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      return true;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return false;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child += 1;
      if (!precedes(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const precedes = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Every promise that can settle without the timeline has settled. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
