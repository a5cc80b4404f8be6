import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/nats-core';
import type { Clock } from '@skerry/ports/clock/clock';
import { apiCodeOf, STREAM_NOT_FOUND } from './failures.ts';

const HEARTBEAT_MS = 500;
/** Three heartbeats missing: the consumer is gone or stalled. */
const SILENCE_MS = 1_500;

export interface FeedOptions {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly clock: Clock;
  readonly stream: string;
  /** name, filters, acknowledgement */
  readonly consumer: Partial<ConsumerConfig>;
  /** `new`: from now on, and after a break from where it was; `all`: whatever the stream holds, each time */
  readonly from: 'new' | 'all';
  readonly onMessage: (message: Msg) => void;
}

/**
 * A push consumer that is made anew whenever it is missing, silent, or has left something out: after a server's restart,
 * a deleted storage, a stall, a cut connection. Written here rather than taken from the client, whose consumers retry at
 * intervals of their own and give up in ways that depend on what went wrong.
 */
export class Feed {
  readonly #options: FeedOptions;
  #subscription: Subscription | undefined;
  #consumerSequence = 0;
  #streamSequence = 0;
  #streamCreated: string | undefined;
  #heardMs = 0;
  #making = false;
  #stopped = false;
  #cancelWatch = (): void => undefined;
  #wasMissing = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Resolves when the consumer is there, or was tried in vain: then it goes on trying. */
  async start(): Promise<void> {
    await this.remake();
    this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWatch();
    this.#subscription?.unsubscribe();
    await this.#remove();
  }

  /** Makes the consumer anew, unless that is under way. */
  async remake(): Promise<void> {
    if (this.#making || this.#stopped) return;
    this.#making = true;
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#subscription?.unsubscribe();
    const inbox = createInbox();
    this.#subscription = this.#options.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (!error && this.#subscription?.getSubject() === inbox) this.#receive(message);
      },
    });
    try {
      await this.#add(inbox);
    } catch (error) {
      // Not swallowed: silence makes the watch try again, and what is lost meanwhile consumers refill from the store.
      if (apiCodeOf(error) === STREAM_NOT_FOUND) this.#wasMissing = true;
    } finally {
      this.#making = false;
    }
  }

  async #add(inbox: string): Promise<void> {
    const { manager, stream, consumer } = this.#options;
    const info = await manager.streams.info(stream);
    await this.#remove();
    this.#consumerSequence = 0;
    await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(10_000),
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      deliver_subject: inbox,
      ...this.#startAt({ created: info.created, lastSequence: info.state.last_seq }),
      ...consumer,
    });
    this.#heardMs = this.#options.clock.monotonicMs();
    if (this.#stopped) await this.#remove();
  }

  #startAt(stream: { created: string; lastSequence: number }): Partial<ConsumerConfig> {
    const isFirst = this.#streamCreated === undefined;
    const isSame = this.#streamCreated === stream.created && this.#streamSequence <= stream.lastSequence;
    this.#streamCreated = stream.created;
    if (this.#options.from === 'all') return { deliver_policy: DeliverPolicy.All };
    if (isSame) return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#streamSequence + 1 };
    if (isFirst && !this.#wasMissing) this.#streamSequence = stream.lastSequence;
    else this.#streamSequence = 0;
    // Also for `new`: a number is exact, what is published between two requests would not be.
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#streamSequence + 1 };
  }

  #receive(message: Msg): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    if (message.headers?.code === 100) return this.#answerControl(message);
    const [streamSequence, consumerSequence] = sequencesOf(message);
    if (consumerSequence !== this.#consumerSequence + 1) return void this.remake();
    this.#consumerSequence = consumerSequence;
    this.#streamSequence = streamSequence;
    this.#options.onMessage(message);
  }

  /** A heartbeat or a flow control request; the server waits for an answer to the latter. */
  #answerControl(message: Msg): void {
    const stalled = message.headers!.get('Nats-Consumer-Stalled');
    if (message.reply) message.respond();
    else if (stalled) this.#options.connection.publish(stalled);
    const sent = message.headers!.get('Nats-Last-Consumer');
    if (sent && Number(sent) > this.#consumerSequence) void this.remake();
  }

  #watch(): void {
    this.#cancelWatch = this.#options.clock.after(HEARTBEAT_MS, () => {
      if (this.#stopped) return;
      if (
        this.#options.clock.monotonicMs() - this.#heardMs >
        (this.#consumerSequence === 0 && this.#wasMissing ? 0 : SILENCE_MS)
      ) {
        void this.remake();
      }
      this.#watch();
    });
  }

  async #remove(): Promise<void> {
    const name = this.#options.consumer.name;
    if (!name || this.#streamCreated === undefined) return;
    try {
      await this.#options.manager.consumers.delete(this.#options.stream, name);
    } catch {
      // Not there, or the server is away: then it goes by itself, or is removed before it is made anew.
    }
  }
}

/** Of `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`, with 2 more tokens before the stream on newer servers. */
const sequencesOf = (message: Msg): [number, number] => {
  const tokens = message.reply!.split('.');
  const end = tokens.length >= 11 ? 7 : 5;
  return [Number(tokens[end]), Number(tokens[end + 1])];
};
