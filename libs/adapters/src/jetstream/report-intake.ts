import { AckPolicy, type ConsumerConfig, type JetStreamClient } from '@nats-io/jetstream';
import { type Msg, nanos } from '@nats-io/nats-core';
import type { ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import { Feed, type FeedOptions } from './feed.ts';
import { REPORT_STREAM } from './streams.ts';

const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1_000;

const CONSUMER: Partial<ConsumerConfig> & { name: string } = {
  name: 'intake',
  durable_name: 'intake',
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(60_000),
  max_ack_pending: 2_000,
  inactive_threshold: 0,
  mem_storage: false,
};

export interface ReportIntakeOptions extends Pick<FeedOptions, 'connection' | 'manager' | 'clock' | 'inbox'> {
  readonly client: JetStreamClient;
  readonly onReport: (report: ReportMessage) => Promise<void>;
}

/**
 * Gives reports to the intake one at a time, in the stream's order; one that fails is given again before the next. The
 * consumer is made anew at every start, so that whatever was not acknowledged comes first and in order, at once.
 */
export class ReportIntake implements Subscription {
  readonly #options: ReportIntakeOptions;
  readonly #feed: Feed;
  readonly #waiting: Msg[] = [];
  readonly #acknowledging = new Set<Promise<unknown>>();
  #busy: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ReportIntakeOptions) {
    this.#options = options;
    this.#feed = new Feed({
      ...options,
      stream: REPORT_STREAM,
      consumer: CONSUMER,
      from: 'all',
      onMessage: (message) => {
        this.#waiting.push(message);
        this.#busy ??= this.#drain();
      },
    });
  }

  get feed(): Feed {
    return this.#feed;
  }

  /** Waits for the report that is being taken, and for all acknowledgements. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#busy;
    await Promise.allSettled(this.#acknowledging);
    await this.#feed.stop();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stopped) {
      const message = this.#waiting.shift()!;
      if (await this.#take(message)) this.#acknowledge(message);
    }
    this.#busy = undefined;
  }

  async #take(message: Msg): Promise<boolean> {
    const report = { cluster: message.subject.slice('rep.'.length), data: message.data };
    for (let delayMs = FIRST_RETRY_MS; !this.#stopped; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
      try {
        await this.#options.onReport(report);
        return true;
      } catch {
        // Not swallowed: no acknowledgement, and the same report again after a while.
        await new Promise<void>((resolve) => void this.#options.clock.after(delayMs, resolve));
      }
    }
    return false;
  }

  /** With an answer from the server, which `stop` waits for: an acknowledgement that is lost repeats the report. */
  #acknowledge(message: Msg): void {
    const asking = this.#options.connection.request(message.reply!, '+ACK', { timeout: 5_000 }).catch(() => undefined);
    this.#acknowledging.add(asking);
    void asking.finally(() => this.#acknowledging.delete(asking));
  }
}
