import type { Clock } from '@skerry/ports/clock/clock';

/** The computer's own clocks. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, Math.max(0, delayMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
