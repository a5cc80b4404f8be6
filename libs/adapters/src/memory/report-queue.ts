import type { ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';

const RETRY_DELAY_MS = 20;

/** Reports until they are acknowledged, given one at a time to the newest consumer there is; a failed one is given again. */
export class ReportQueue {
  readonly #clock: Clock;
  readonly #waiting: ReportMessage[] = [];
  /** newest last */
  #consumers: ((report: ReportMessage) => Promise<void>)[] = [];
  #busy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(report: ReportMessage): void {
    this.#waiting.push(report);
    void this.#drain();
  }

  consume(onReport: (report: ReportMessage) => Promise<void>): Subscription {
    this.#consumers.push(onReport);
    void this.#drain();
    return {
      stop: async () => {
        this.#consumers = this.#consumers.filter((one) => one !== onReport);
        void this.#drain();
      },
    };
  }

  close(): void {
    this.#consumers = [];
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      const consumer = this.#consumers.at(-1);
      const report = this.#waiting[0];
      if (!consumer || !report) break;
      try {
        await consumer(report);
        this.#waiting.shift();
      } catch {
        // Not swallowed: the report stays first and is given again, which is what a missing acknowledgement means.
        await new Promise<void>((resolve) => void this.#clock.after(RETRY_DELAY_MS, resolve));
      }
    }
    this.#busy = false;
  }
}
