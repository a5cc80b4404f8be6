import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/nats-core';
import type { Clock } from '@skerry/ports/clock/clock';
import { apiCodeOf, CONSUMER_NOT_FOUND, STREAM_NOT_FOUND } from './failures.ts';

const HEARTBEAT_MS = 500;
/** Three heartbeats missing: the consumer is gone or stalled. */
const SILENCE_MS = 1_500;
/** The server's code of heartbeats and flow control requests. */
const CONTROL = 100;
/** Where a message of a stream is acknowledged to; its numbers are in there. */
const DELIVERY = '$JS.ACK.';

export interface FeedOptions {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly clock: Clock;
  readonly stream: string;
  /** name, filters, acknowledgement */
  readonly consumer: Partial<ConsumerConfig> & { readonly name: string };
  /** `new`: from now on, and after a break from where it was; `all`: whatever the stream holds, each time */
  readonly from: 'new' | 'all';
  readonly onMessage: (message: Msg) => void;
  /** prefix of where messages come in; default the client's */
  readonly inbox?: string;
}

/**
 * A push consumer that is made anew whenever it is missing, silent, or has left something out: after a server's restart,
 * a deleted storage, a stall, a cut connection. Written here rather than taken from the client, whose consumers retry at
 * intervals of their own and give up in ways that depend on what went wrong.
 */
export class Feed {
  readonly #options: FeedOptions;
  #subscription: Subscription | undefined;
  /** of the consumer in use: what comes to an earlier one is not mixed in */
  #inbox = '';
  #consumerSequence = 0;
  #streamSequence = 0;
  #streamCreated: string | undefined;
  #heardMs = 0;
  #isThere = false;
  #wasMissing = false;
  #making = false;
  #stopped = false;
  #cancelWatch = (): void => undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Resolves when the consumer is there, or was tried in vain: then it goes on trying. */
  async start(): Promise<void> {
    await this.#make({ takesOver: true });
    this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWatch();
    this.#subscription?.unsubscribe();
    if (this.#isThere && !(await this.#isTakenOver().catch(() => true))) await this.#remove();
  }

  /** Makes the consumer anew, unless that is under way or somebody else has taken a durable one over. */
  async remake(): Promise<void> {
    await this.#make({ takesOver: false });
  }

  async #make(how: { takesOver: boolean }): Promise<void> {
    if (this.#making || this.#stopped) return;
    this.#making = true;
    this.#isThere = false;
    try {
      if (!how.takesOver && (await this.#isTakenOver())) return;
      await this.#add(this.#listen());
      this.#isThere = true;
      this.#wasMissing = false;
    } catch (error) {
      // Not swallowed: the watch tries again, and what is lost meanwhile consumers refill from the store.
      if (apiCodeOf(error) === STREAM_NOT_FOUND) this.#wasMissing = true;
    } finally {
      this.#making = false;
    }
  }

  #listen(): string {
    this.#subscription?.unsubscribe();
    const inbox = createInbox(this.#options.inbox);
    this.#inbox = inbox;
    this.#consumerSequence = 0;
    this.#subscription = this.#options.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (!error && this.#inbox === inbox) this.#receive(message);
      },
    });
    return inbox;
  }

  async #add(inbox: string): Promise<void> {
    const { manager, stream, consumer } = this.#options;
    const info = await manager.streams.info(stream);
    await this.#remove();
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
    // A number, also for the first start: `new` would leave out what comes between this request and the next.
    if (isFirst && !this.#wasMissing) this.#streamSequence = stream.lastSequence;
    else if (!isSame) this.#streamSequence = 0;
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#streamSequence + 1 };
  }

  #receive(message: Msg): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    // its headers are taken apart only where they are asked for: most messages are rows that this process has already
    if (!message.reply?.startsWith(DELIVERY)) return this.#receiveOther(message);
    const [streamSequence, consumerSequence] = sequencesOf(message.reply);
    if (consumerSequence !== this.#consumerSequence + 1) return void this.remake();
    this.#consumerSequence = consumerSequence;
    this.#streamSequence = streamSequence;
    this.#options.onMessage(message);
  }

  #receiveOther(message: Msg): void {
    if (message.headers?.code === CONTROL) this.#answerControl(message);
    // The server's word that the consumer has ended, or somebody else's message: nothing that can be placed.
    else void this.remake();
  }

  /** The server waits for an answer to flow control; a heartbeat says what was sent, also what did not arrive. */
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
      const silentMs = this.#options.clock.monotonicMs() - this.#heardMs;
      if (!this.#isThere || silentMs > SILENCE_MS) void this.remake();
      this.#watch();
    });
  }

  /** Only a durable consumer has a name that others know. */
  async #isTakenOver(): Promise<boolean> {
    const { manager, stream, consumer } = this.#options;
    if (!consumer.durable_name) return false;
    try {
      const { config, push_bound: isBound } = await manager.consumers.info(stream, consumer.durable_name);
      return isBound === true && config.deliver_subject !== this.#inbox;
    } catch (error) {
      if (apiCodeOf(error) === CONSUMER_NOT_FOUND) return false;
      throw error;
    }
  }

  async #remove(): Promise<void> {
    try {
      await this.#options.manager.consumers.delete(this.#options.stream, this.#options.consumer.name);
    } catch {
      // Not there, or the server is away: then it goes by itself, or is removed before it is made anew.
    }
  }
}

/**
 * Of `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`; newer servers put
 * domain and account before the stream.
 */
const sequencesOf = (reply: string): [number, number] => {
  const tokens = reply.split('.');
  const at = tokens.length >= 11 ? 7 : 5;
  return [Number(tokens[at]), Number(tokens[at + 1])];
};
