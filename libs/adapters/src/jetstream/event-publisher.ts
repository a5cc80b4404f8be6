import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { TransientFailure } from '@skerry/kernel/errors';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { headersOf, placeOfMessage, subjectOf } from './event-message.ts';
import { apiCodeOf, failureOf, NO_MESSAGE_FOUND, STREAM_NOT_FOUND, WRONG_LAST_SEQUENCE } from './failures.ts';
import { EVENT_STREAM } from './streams.ts';

/** Calls for an answer under way at once. */
const WINDOW = 4;
const ASK_EVERY = 64;
const ATTEMPTS = 3;

/** The end of the stream: the server's last sequence and the row that it holds (position 0: none). */
interface Tail {
  readonly sequence: number;
  readonly position: number;
  readonly incarnation: string;
}

export interface EventPublisherOptions {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly timeoutMs: number;
  /** called when the stream is missing; throws when this user may not make it */
  readonly makeStreams: () => Promise<void>;
}

/**
 * Publishes rows in order, many on their way at once. Each message names the stream's last sequence that it must follow,
 * so one that is lost takes all behind it along and nothing can get out of order; then the end of the stream is read
 * anew and publishing goes on from there. A row that the stream holds already is not published again.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  #tail: Tail | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EventPublisherOptions) {
    this.#options = options;
  }

  /** One call after another, whoever calls. */
  publish(events: readonly StoredEvent[]): Promise<void> {
    const mine = this.#last.then(() => this.#publishAll(events));
    this.#last = mine.catch(() => undefined); // told to the caller of this one, not to the next
    return mine;
  }

  async readTail(): Promise<Tail> {
    try {
      const { state } = await this.#options.manager.streams.info(EVENT_STREAM);
      if (state.messages === 0) return { sequence: state.last_seq, position: 0, incarnation: '' };
      const last = await this.#options.manager.streams.getMessage(EVENT_STREAM, { seq: state.last_seq });
      return { sequence: state.last_seq, ...placeOfMessage(last?.header) };
    } catch (error) {
      if (apiCodeOf(error) !== STREAM_NOT_FOUND && apiCodeOf(error) !== NO_MESSAGE_FOUND) {
        throw failureOf(error, 'reading the end of the event stream');
      }
      await this.#options.makeStreams();
      return { sequence: 0, position: 0, incarnation: '' };
    }
  }

  async #publishAll(events: readonly StoredEvent[]): Promise<void> {
    let failure: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const tail = (this.#tail ??= await this.readTail());
      const rest = events.filter((event) => event.incarnation !== tail.incarnation || event.position > tail.position);
      failure = await this.#publishFrom(tail, { events: rest, askEach: attempt > 0 });
      if (failure === undefined) return;
      this.#tail = undefined;
      // Another end of the stream, or no stream: both are seen when its end is read. The rest is for the caller.
      if (apiCodeOf(failure) !== WRONG_LAST_SEQUENCE && !isMissingStream(failure)) break;
    }
    throw isMissingStream(failure) || apiCodeOf(failure) === WRONG_LAST_SEQUENCE
      ? new TransientFailure('the event stream changes under the publisher', { cause: failure })
      : failureOf(failure, 'publishing events');
  }

  /**
   * The first failure, when all that were on their way have been answered. Only every 64th and the last are asked to be answered:
   * since each names the one that it follows, the last one's answer says that all before it are there. After a failure
   * every one is asked, to learn which it was and why.
   */
  async #publishFrom(
    tail: Tail,
    { events, askEach }: { events: readonly StoredEvent[]; askEach: boolean },
  ): Promise<unknown> {
    let failure: unknown;
    const flying = new Set<Promise<void>>();
    for (const [index, event] of events.entries()) {
      const sequence = tail.sequence + index;
      if (!askEach && (index + 1) % ASK_EVERY !== 0 && index + 1 < events.length) {
        this.#send(event, sequence);
        continue;
      }
      if (flying.size >= WINDOW) await Promise.race(flying);
      if (failure !== undefined) break;
      const publishing = this.#publishOne(event, sequence).then(
        () => this.#advance({ sequence: sequence + 1, position: event.position, incarnation: event.incarnation }),
        (error: unknown) => void (failure ??= error),
      );
      flying.add(publishing);
      void publishing.finally(() => flying.delete(publishing));
    }
    await Promise.all(flying);
    return failure;
  }

  #send(event: StoredEvent, lastSequence: number): void {
    const headers = headersOf(event, {
      'Nats-Expected-Stream': [EVENT_STREAM],
      'Nats-Expected-Last-Sequence': [String(lastSequence)],
    });
    this.#options.connection.publish(subjectOf(event), event.data, { headers });
  }

  async #publishOne(event: StoredEvent, lastSequence: number): Promise<void> {
    await this.#options.client.publish(subjectOf(event), event.data, {
      headers: headersOf(event),
      expect: { streamName: EVENT_STREAM, lastSequence },
      timeout: this.#options.timeoutMs,
      retries: 1,
    });
  }

  #advance(tail: Tail): void {
    if (!this.#tail || tail.sequence > this.#tail.sequence) this.#tail = tail;
  }
}

/** Nobody listens on the subject: the stream is gone. */
const isMissingStream = (error: unknown): boolean =>
  (error as { name?: unknown } | undefined)?.name === 'JetStreamNotEnabled' || apiCodeOf(error) === STREAM_NOT_FOUND;
