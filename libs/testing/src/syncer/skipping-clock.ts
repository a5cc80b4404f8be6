import { systemClock } from '@skerry/adapters/memory/system-clock';
import type { Clock } from '@skerry/ports/clock/clock';

interface Timer {
  readonly dueMs: number;
  readonly wake: () => void;
  cancel: () => void;
}

/** Real time that a test may push forward: what is due in between happens at once. `now` goes with it. */
export class SkippingClock implements Clock {
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#skippedMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#skippedMs;
  }

  after(delayMs: number, wake: () => void): () => void {
    const timer: Timer = { dueMs: this.monotonicMs() + delayMs, wake, cancel: () => {} };
    this.#timers.add(timer);
    this.#schedule(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  skip(ms: number): void {
    this.#skippedMs += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)) {
      timer.cancel();
      this.#schedule(timer);
    }
  }

  #schedule(timer: Timer): void {
    timer.cancel = systemClock.after(timer.dueMs - this.monotonicMs(), () => {
      this.#timers.delete(timer);
      timer.wake();
    });
  }
}
