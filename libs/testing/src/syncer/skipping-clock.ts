import { systemClock } from '@skerry/adapters/memory/system-clock';
import type { Clock } from '@skerry/ports/clock/clock';

/** What is asked for so late is a wake-up by time: a net below, or a beat. */
const LONG_MS = 1_000;

interface Timer {
  readonly isLong: boolean;
  readonly dueMs: number;
  readonly wake: () => void;
  cancel: () => void;
}

/** Real time that a test may push forward: what is due in between happens at once. `now` goes with it. */
export class SkippingClock implements Clock {
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;
  #withoutLong = false;

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#skippedMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#skippedMs;
  }

  after(delayMs: number, wake: () => void): () => void {
    const timer: Timer = {
      dueMs: this.monotonicMs() + delayMs,
      isLong: delayMs >= LONG_MS,
      wake,
      cancel: () => {},
    };
    this.#timers.add(timer);
    this.#schedule(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  skip(ms: number): void {
    this.#skippedMs += ms;
    this.#scheduleAll();
  }

  /** Nothing that was set for a second or more fires, until the returned function is called: what happens has a cause. */
  holdLong(): () => void {
    this.#withoutLong = true;
    return () => {
      this.#withoutLong = false;
      this.#scheduleAll();
    };
  }

  #scheduleAll(): void {
    for (const timer of [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)) {
      timer.cancel();
      this.#schedule(timer);
    }
  }

  #schedule(timer: Timer): void {
    timer.cancel = systemClock.after(timer.dueMs - this.monotonicMs(), () => {
      if (timer.isLong && this.#withoutLong) return;
      this.#timers.delete(timer);
      timer.wake();
    });
  }
}
