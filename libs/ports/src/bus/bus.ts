import type { Position, StoredEvent } from '../event-store/event-store.ts';

/** Sent by the relay once a second: what a consumer must have seen. */
export interface ChannelHeads {
  readonly incarnation: string;
  readonly head: Position;
  readonly channels: Readonly<Record<string, Position>>;
}

export interface Subscription {
  stop(): Promise<void>;
}

/** A report of a syncer: opaque bytes (contract `Report`), in order per cluster. */
export interface ReportMessage {
  readonly cluster: string;
  readonly data: Uint8Array;
}

/**
 * The bus carries, the store keeps. Promises: what `publishEvents` confirmed was accepted by the server, in the order
 * given; delivery to a subscription is in that order, but messages may be lost, repeated or late: consumers compare
 * `channelPrev` and refill from the store. Reports are kept by the bus until acknowledged by the intake. Beats, beacons,
 * heads and hints are fire and forget.
 * Throws TransientFailure while the server cannot be reached.
 */
export interface Bus {
  publishEvents(events: readonly StoredEvent[]): Promise<void>;
  /**
   * From now on; `channels`: exact names, or `<category>.*`. A message that is no event, and whatever `onEvent` throws, ends
   * the subscription: `onFailed` is told once (TerminalFailure `message-unreadable` for the former) and nothing more comes.
   */
  subscribeEvents(request: {
    channels: readonly string[];
    onEvent: (event: StoredEvent) => void;
    onFailed: (error: unknown) => void;
  }): Promise<Subscription>;
  /** highest position that the event stream holds, 0 when empty or missing (then it is made anew) */
  lastPublished(): Promise<{ position: Position; incarnation: string }>;

  publishReport(report: ReportMessage): Promise<void>;
  /** durable: a report is gone only after `onReport` resolved. One consumer per fleet */
  subscribeReports(onReport: (report: ReportMessage) => Promise<void>): Promise<Subscription>;

  /** core subjects, e.g. `heads`, `hint`, `beat.<cluster>`, `fbeat.<cluster>`, `beacon`; `*` matches one token */
  publish(subject: string, data: Uint8Array): void;
  subscribe(subject: string, onMessage: (subject: string, data: Uint8Array) => void): Promise<Subscription>;
  /** calls back on every connection loss and return */
  onConnection(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}
