import type { Clock } from '@skerry/ports/clock/clock';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until a test moves it. `advance` fires what falls due one after another, in order of time
 * and, at the same time, of registration; each sees the time it was due at, also timers that others set on the way.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #order = 0;

  constructor(start: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#startMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#startMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, wake: () => void): () => void {
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, wake };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves time on by `ms`; what the timers started asynchronously has not run yet when it returns: see `advanceAsync`. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    while (this.#fireNext(untilMs));
    this.#elapsedMs = untilMs;
  }

  /** Like `advance`, but lets promises settle after each timer, so that loops of `await` and `after` run through. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await settle();
    while (this.#fireNext(untilMs)) await settle();
    this.#elapsedMs = untilMs;
  }

  /** how many timers are waiting */
  get pending(): number {
    return this.#timers.size;
  }

  #fireNext(untilMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.dueMs <= untilMs && (!next || precedes(timer, next))) next = timer;
    if (!next) return false;
    this.#timers.delete(next);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
    next.wake();
    return true;
  }
}

const precedes = (a: Timer, b: Timer): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** One turn of the event loop: every promise that could settle without outside help has settled. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
