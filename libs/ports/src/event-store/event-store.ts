import { fnv1a32 } from '@skerry/kernel/canonical';

/** Global position of an event: 1, 2, 3, … without a gap, in commit order. 0 = before the first. */
export type Position = number;

export const CATEGORIES = [
  'manifest',
  'cluster',
  'observed',
  'profile',
  'scale',
  'selection',
  'placement',
  'rollout',
  'desired',
  'inspection',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Who did it and what it belongs to. Copied to the bus as headers; never holds a secret. */
export interface EventMeta {
  /** user or service that asked, e.g. `user:admin`, `service:replicas` */
  readonly actor: string;
  readonly correlationId: string;
  /** event id or request id that caused this */
  readonly causationId: string;
  /** W3C traceparent, empty when none */
  readonly traceparent: string;
}

export interface NewEvent {
  /** `<category>-<id>`; the category of the stream is the category of the event */
  readonly stream: string;
  readonly type: string;
  /** protobuf bytes, at most MAX_EVENT_BYTES */
  readonly data: Uint8Array;
  /** partition (by uid, `partitionOf`) or, for `desired` and `observed`, the cluster's name */
  readonly partition: string;
  /** empty for cluster-scoped objects */
  readonly namespace: string;
  readonly uid: string;
  /** empty when the event belongs to no cluster */
  readonly cluster: string;
}

export interface StoredEvent extends NewEvent {
  readonly position: Position;
  /** version within the stream: 1, 2, 3, … */
  readonly version: number;
  readonly eventId: string;
  readonly category: Category;
  /** `<category>.<partition>` */
  readonly channel: string;
  /** position of the previous event of the same channel, 0 for its first */
  readonly channelPrev: Position;
  readonly site: string;
  readonly fleet: string;
  readonly incarnation: string;
  readonly meta: EventMeta;
  readonly recordedAt: Date;
  /** SHA-256 of the previous row of the channel (its hash, channel_prev, id, type, data), hex; empty for the first */
  readonly previousHash: string;
}

export const MAX_EVENT_BYTES = 64 * 1024;
export const PARTITIONS = 16;

export interface ExpectedVersion {
  readonly stream: string;
  /** last version the writer has seen; 0 = the stream must not exist */
  readonly version: number;
}

export interface AppendRequest {
  /** event ids are UUID v5 (commandId, index): the same command appended again changes nothing */
  readonly commandId: string;
  readonly events: readonly NewEvent[];
  /** versions that these streams must have, written to here or not. A written stream that is not named is not checked */
  readonly expected: readonly ExpectedVersion[];
  /** checked inside the append; a stale holder is refused */
  readonly lease?: { readonly name: string; readonly term: number };
  readonly meta: EventMeta;
}

/** A value, never an exception: losing a race is ordinary. `events` of `already-there` are the rows of the first time. */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'already-there'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'conflict'; readonly stream: string; readonly expected: number; readonly actual: number }
  | { readonly kind: 'stale-lease'; readonly name: string; readonly term: number };

export interface ReadRequest {
  /** rows with a position greater than this */
  readonly after: Position;
  /** rows up to and including this; default the head as of the read */
  readonly upTo?: Position;
  /** at most this many rows, default 1,000 */
  readonly limit?: number;
  readonly categories?: readonly Category[];
  readonly channels?: readonly string[];
}

/**
 * A range of events in position order; it may hold fewer than were asked for also before the head. `through`: every row of
 * the selection up to here was looked at, so the next read starts after it, also where the range was empty or rows were
 * compacted away.
 */
export interface EventRange {
  readonly events: readonly StoredEvent[];
  readonly through: Position;
}

export interface StoreHead {
  readonly position: Position;
  readonly incarnation: string;
}

/**
 * The truth. Promises: positions are gapless and in commit order; a reader that reads on from `through` misses nothing
 * and sees nothing twice; an append is atomic and, by its command id, idempotent; an acknowledged event survives a crash.
 * Throws TransientFailure when the store cannot be reached (the append may then have happened: repeat it), and
 * TerminalFailure `event-too-large` for an event over MAX_EVENT_BYTES.
 */
export interface EventStore {
  append(request: AppendRequest): Promise<AppendOutcome>;
  read(request: ReadRequest): Promise<EventRange>;
  readStream(stream: string, afterVersion?: number): Promise<readonly StoredEvent[]>;
  /** the last row of every stream of the category up to a position, in stream order: exact state at any time */
  readLastPerStream(request: {
    category: Category;
    upTo?: Position;
    channel?: string;
    /** only streams whose name begins so: what lies in one cluster is found without looking at all others' */
    prefix?: string;
    afterStream?: string;
    limit?: number;
  }): Promise<readonly StoredEvent[]>;
  streamVersion(stream: string): Promise<number>;
  head(): Promise<StoreHead>;
  /** last position of every channel that has one, as of one moment; `head` is the store's position at that moment */
  channelHeads(): Promise<{ readonly head: StoreHead; readonly channels: ReadonlyMap<string, Position> }>;
  /**
   * a hint that the head moved, from this process or another that shares its hints; it may come late or never, so readers look by
   * themselves as well (`Following`)
   */
  onAppended(listener: (head: Position) => void): () => void;
  close(): Promise<void>;
}

export const categoryOf = (stream: string): Category => stream.slice(0, stream.indexOf('-')) as Category;
export const channelOf = (event: { stream: string; partition: string }): string =>
  `${categoryOf(event.stream)}.${event.partition}`;
/** The partition of everything that belongs to an object: its events stay in order in one channel per category. */
export const partitionOf = (uid: string): string => String(fnv1a32(uid) % PARTITIONS);
