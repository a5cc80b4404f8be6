import type { Clock } from '@skerry/ports/clock/clock';

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The computer's own clocks. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after: (delayMs, wake) => {
    const dueMs = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const leftMs = Math.max(0, dueMs - performance.now());
      timer = setTimeout(leftMs > LONGEST_TIMER_MS ? wait : wake, Math.min(leftMs, LONGEST_TIMER_MS));
      timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  },
};
