import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { connect, type NodeConnectionOptions } from '@nats-io/transport-node';
import { nuid, PermissionViolationError } from '@nats-io/nats-core';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Bus, ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { systemClock } from '../memory/system-clock.ts';
import { eventOfMessage, filtersOf, placeOnArrival } from './event-message.ts';
import { EventPublisher } from './event-publisher.ts';
import { failureOf } from './failures.ts';
import { Feed } from './feed.ts';
import { ReportIntake } from './report-intake.ts';
import { tlsOf } from './tls.ts';
import { ensureStreams, EVENT_STREAM, requireServerVersion } from './streams.ts';

const REQUEST_TIMEOUT_MS = 2_000;
const STREAM_WATCH_MS = 1_000;

export interface JetStreamBusOptions {
  /** e.g. `nats://127.0.0.1:4222` */
  readonly servers: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** PEM of the certificates that the server is trusted by; with it TLS is demanded */
  readonly ca?: string;
  /** shown in the server's list of connections */
  readonly name: string;
  /** the relay's user makes the streams when they are missing, at the start and whenever; nobody else has the right */
  readonly makesStreams?: boolean;
  readonly clock?: Clock;
  /** rows that this process holds already: a message of one of them is not taken apart again */
  readonly known?: (place: { position: number; incarnation: string }) => StoredEvent | undefined;
  /** told what a listener of a core subject threw, so that the bus goes on for all others; default: it ends the process */
  readonly onListenerFailed?: (failure: { readonly subject: string; readonly error: unknown }) => void;
  /** told once of each subject that the server refuses to this user: what then comes, comes late, by refills from the store */
  readonly onRefused?: (refusal: { readonly operation: string; readonly subject: string }) => void;
}

/** Outside of the client, which would close the connection for it. */
const throwLater = ({ error }: { error: unknown }): void =>
  queueMicrotask(() => {
    throw error;
  });

/**
 * Connects, and goes on reconnecting for ever. Throws TransientFailure while no server answers, and TerminalFailure
 * `server-too-old`, `stream-config-refused` or `not-allowed`.
 */
export const openJetStreamBus = async (options: JetStreamBusOptions): Promise<JetStreamBus> => {
  const connection = await connectTo(options);
  try {
    requireServerVersion(connection.info?.version ?? '0');
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
    if (options.makesStreams) await ensureStreams(manager);
    const client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
    return new JetStreamBus({ ...options, connection, manager, client });
  } catch (error) {
    await connection.close();
    throw failureOf(error, 'opening the bus');
  }
};

/** Where answers to a user come in. */
export const inboxOf = (user: string): string => `_INBOX.${user}`;

const connectTo = async (options: JetStreamBusOptions): Promise<NatsConnection> => {
  const settings: NodeConnectionOptions = {
    servers: typeof options.servers === 'string' ? options.servers : [...options.servers],
    user: options.user,
    pass: options.password,
    token: options.token,
    ...(tlsOf(options) && { tls: tlsOf(options) }),
    // A user may listen to its own answers only.
    ...(options.user !== undefined && { inboxPrefix: inboxOf(options.user) }),
    name: options.name,
    maxReconnectAttempts: -1,
    // Otherwise the client gives up for good after two refused logins, and a server that does not hear the login in time (a
    // line that is cut one way) answers as if it refused it.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    timeout: 5_000,
    // A server that is stopped without a word is noticed within 3 s.
    pingInterval: 1_000,
    maxPingOut: 2,
    // otherwise every request makes two errors beforehand, for their stacks: a third of what publishing an event costs
    noAsyncTraces: true,
  };
  try {
    return await connect(settings);
  } catch (error) {
    throw failureOf(error, 'connecting to NATS');
  }
};

/** One filter is part of the request's subject, so that a user can be limited to it. */
const filterOf = (channels: readonly string[]): { filter_subject: string } | { filter_subjects: string[] } => {
  const filters = filtersOf(channels);
  return filters.length === 1 ? { filter_subject: filters[0]! } : { filter_subjects: filters };
};

interface Connected extends JetStreamBusOptions {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
}

/** The bus on NATS with JetStream. */
export class JetStreamBus implements Bus {
  readonly #with: Connected;
  readonly #clock: Clock;
  readonly #publisher: EventPublisher;
  readonly #feeds = new Set<Feed>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #refused = new Set<string>();
  #connected = true;
  #cancelWatch = (): void => undefined;

  constructor(connected: Connected) {
    this.#with = connected;
    this.#clock = connected.clock ?? systemClock;
    const { client, manager } = connected;
    const makeStreams = (): Promise<void> => this.#makeStreams();
    this.#publisher = new EventPublisher({
      connection: connected.connection,
      client,
      manager,
      timeoutMs: REQUEST_TIMEOUT_MS,
      makeStreams,
    });
    void this.#followConnection();
    if (connected.makesStreams) this.#watchStreams();
  }

  async publishEvents(events: readonly StoredEvent[]): Promise<void> {
    this.#requireConnection();
    await this.#publisher.publish(events);
  }

  async subscribeEvents({ channels, onEvent, onFailed }: Parameters<Bus['subscribeEvents']>[0]): Promise<Subscription> {
    const feed: Feed = new Feed({
      ...this.#with,
      clock: this.#clock,
      stream: EVENT_STREAM,
      consumer: { name: `events_${nuid.next()}`, ...filterOf(channels) },
      inbox: this.#inbox,
      from: 'new',
      onMessage: (message) => {
        // Nothing may be thrown from here: it would end the connection, and with it everybody's subscriptions.
        try {
          onEvent(this.#with.known?.(placeOnArrival(message)) ?? eventOfMessage(message));
        } catch (error) {
          this.#feeds.delete(feed);
          void feed.stop();
          onFailed(error);
        }
      },
    });
    return await this.#start(feed);
  }

  async lastPublished(): Promise<{ position: number; incarnation: string }> {
    this.#requireConnection();
    const { position, incarnation } = await this.#publisher.readTail();
    return { position, incarnation };
  }

  async publishReport(report: ReportMessage): Promise<void> {
    this.#requireConnection();
    try {
      await this.#with.client.publish(`rep.${report.cluster}`, report.data);
    } catch (error) {
      throw failureOf(error, `publishing a report of ${report.cluster}`);
    }
  }

  async subscribeReports(onReport: (report: ReportMessage) => Promise<void>): Promise<Subscription> {
    const intake = new ReportIntake({ ...this.#with, clock: this.#clock, onReport, inbox: this.#inbox });
    const feed = await this.#start(intake.feed);
    return {
      stop: async () => {
        await intake.stop();
        await feed.stop();
      },
    };
  }

  publish(subject: string, data: Uint8Array): void {
    // While disconnected the client would keep it and send it later: a late beat would say what is no longer so.
    if (this.#connected && !this.#with.connection.isClosed()) this.#with.connection.publish(subject, data);
  }

  async subscribe(subject: string, onMessage: (subject: string, data: Uint8Array) => void): Promise<Subscription> {
    const { onListenerFailed = throwLater } = this.#with;
    const hear = (message: Msg): void => {
      try {
        onMessage(message.subject, message.data);
      } catch (error) {
        onListenerFailed({ subject: message.subject, error });
      }
    };
    const callback = (error: Error | null, message: Msg): void => (error ? undefined : hear(message));
    const subscription = this.#with.connection.subscribe(subject, { callback });
    if (this.#connected) await this.#flush();
    return { stop: async () => subscription.unsubscribe() };
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#cancelWatch();
    this.#listeners.clear();
    await Promise.all([...this.#feeds].map((feed) => feed.stop()));
    await this.#with.connection.close();
  }

  get #inbox(): string | undefined {
    return this.#with.user === undefined ? undefined : inboxOf(this.#with.user);
  }

  async #start(feed: Feed): Promise<Subscription> {
    this.#feeds.add(feed);
    await feed.start();
    return {
      stop: async () => {
        this.#feeds.delete(feed);
        await feed.stop();
      },
    };
  }

  async #makeStreams(): Promise<void> {
    if (!this.#with.makesStreams) throw new TransientFailure('the event stream is missing; the relay makes it anew');
    try {
      await ensureStreams(this.#with.manager);
    } catch (error) {
      throw failureOf(error, 'making the streams');
    }
  }

  /** Streams are made anew also while nothing is published: reports need theirs, and consumers wait for both. */
  #watchStreams(): void {
    this.#cancelWatch = this.#clock.after(STREAM_WATCH_MS, () => {
      // Not swallowed: what cannot be made now is tried again, and who publishes or subscribes is told.
      const made = this.#connected ? this.#makeStreams().catch(() => undefined) : Promise.resolve();
      void made.then(() => !this.#with.connection.isClosed() && this.#watchStreams());
    });
  }

  async #followConnection(): Promise<void> {
    for await (const status of this.#with.connection.status()) {
      const { type } = status;
      if (status.type === 'error') this.#tellRefused(status.error);
      if (type === 'disconnect' || type === 'staleConnection') this.#tell(false);
      if (type !== 'reconnect') continue;
      this.#tell(true);
      // The server may have started anew, without the consumers that it kept in memory.
      for (const feed of this.#feeds) void feed.remake();
    }
  }

  /** The request itself only runs into its time-out. */
  #tellRefused(error: Error): void {
    if (!(error instanceof PermissionViolationError)) return;
    const { operation, subject } = error;
    if (this.#refused.has(subject)) return;
    this.#refused.add(subject);
    this.#with.onRefused?.({ operation, subject });
  }

  #tell(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  #requireConnection(): void {
    if (!this.#connected || this.#with.connection.isClosed()) throw new TransientFailure('NATS cannot be reached');
  }

  async #flush(): Promise<void> {
    try {
      await this.#with.connection.flush();
    } catch (error) {
      throw failureOf(error, 'subscribing');
    }
  }
}
