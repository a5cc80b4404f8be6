import type { ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';

const RETRY_DELAY_MS = 20;

/** Reports until they are acknowledged, given one at a time to the newest consumer; a failed one is given again. */
export class ReportQueue {
  readonly #clock: Clock;
  readonly #waiting: ReportMessage[] = [];
  #consumer: ((report: ReportMessage) => Promise<void>) | undefined;
  #busy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(report: ReportMessage): void {
    this.#waiting.push(report);
    void this.#drain();
  }

  consume(onReport: (report: ReportMessage) => Promise<void>): Subscription {
    this.#consumer = onReport;
    void this.#drain();
    return {
      stop: async () => {
        if (this.#consumer === onReport) this.#consumer = undefined;
      },
    };
  }

  close(): void {
    this.#consumer = undefined;
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#consumer && this.#waiting.length > 0) {
      try {
        await this.#consumer(this.#waiting[0]!);
        this.#waiting.shift();
      } catch {
        // Not swallowed: the report stays first and is given again, which is what a missing acknowledgement means.
        await new Promise<void>((resolve) => void this.#clock.after(RETRY_DELAY_MS, resolve));
      }
    }
    this.#busy = false;
  }
}
