import { TransientFailure } from '@skerry/kernel/errors';
import type {
  AppendOutcome,
  AppendRequest,
  Category,
  EventRange,
  EventStore,
  Position,
  ReadRequest,
  StoredEvent,
  StoreHead,
} from '@skerry/ports/event-store/event-store';
import { checkAppend } from '../crypto/append-check.ts';
import { APPEND_STATEMENT, AppendBatch, type SeenBefore } from './append-batch.ts';
import { AppendBatcher } from './append-batcher.ts';
import type { Database } from './database.ts';
import { EVENT_COLUMNS, eventOfPageRow, eventOfRow } from './event-rows.ts';
import { RecentRows } from './recent-rows.ts';

/** Connections for appends: one batch has the lock while the other is on its way. */
export const APPEND_LANES = 2;
const DEFAULT_LIMIT = 1_000;
const UNIQUE_VIOLATION = '23505';

/**
 * The event store in PostgreSQL. Appends go in batches over `writer`; whatever joins meanwhile shares the next commit. Positions are given out under a lock that is held to the commit, so what a reader sees up to
 * the head is complete.
 */
export class PostgresEventStore implements EventStore {
  readonly #reader: Database;
  readonly #writer: Database;
  readonly #batcher: AppendBatcher<AppendOutcome | SeenBefore>;
  readonly #recent = new RecentRows();
  #told: Position = 0;
  readonly #listeners = new Set<(head: Position) => void>();
  readonly #ownListeners = new Set<(head: Position) => void>();

  constructor(databases: { reader: Database; writer: Database }) {
    this.#reader = databases.reader;
    this.#writer = databases.writer;
    this.#batcher = new AppendBatcher({
      send: (requests) => this.#send(requests),
      failsAll: (error) => error instanceof TransientFailure,
      lanes: APPEND_LANES,
    });
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    checkAppend(request);
    const outcome = await this.#batcher.append(request);
    if (outcome.kind !== 'seen') return outcome;
    const { from, count } = outcome;
    const first = await this.read({ after: from - 1, upTo: from + count - 1, limit: count });
    return { kind: 'already-there', events: first.events };
  }

  async read(request: ReadRequest): Promise<EventRange> {
    const { after, upTo = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT, categories, channels } = request;
    const isWhole = request.upTo === undefined && !categories && !channels;
    const recent = isWhole ? this.#recent.from(after, limit) : undefined;
    if (recent) return recent;
    // One statement, one snapshot: the head fits the rows, also when there are none.
    const rows = await this.#reader.rows('reading events', {
      text: `SELECT h.position, ${EVENT_COLUMNS} FROM head h LEFT JOIN (
          SELECT * FROM events e WHERE e.position > $1 AND e.position <= $2
            ${categories ? 'AND e.category = ANY($4)' : ''} ${channels ? `AND e.channel = ANY($${categories ? 5 : 4})` : ''}
            ORDER BY e.position LIMIT $3) e ON true ORDER BY e.position`,
      values: [after, upTo, limit, ...(categories ? [categories] : []), ...(channels ? [channels] : [])],
    });
    const head = rows[0]![0] as number;
    const events = rows[0]![1] === null ? [] : rows.map((row) => eventOfRow(row.slice(1)));
    const through = events.length === limit ? events.at(-1)!.position : Math.max(after, Math.min(upTo, head));
    return { events, through };
  }

  /** The row itself, if this process appended it lately: the same as a message on the bus says of that position. */
  known(place: { position: Position; incarnation: string }): StoredEvent | undefined {
    return this.#recent.at(place);
  }

  async readStream(stream: string, afterVersion = 0): Promise<readonly StoredEvent[]> {
    const rows = await this.#reader.rows(`reading stream ${stream}`, {
      text: `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.stream = $1 AND e.version > $2 ORDER BY e.position`,
      values: [stream, afterVersion],
    });
    return rows.map(eventOfRow);
  }

  async readLastPerStream(request: {
    category: Category;
    upTo?: Position;
    channel?: string;
    prefix?: string;
    afterStream?: string;
    limit?: number;
  }): Promise<readonly StoredEvent[]> {
    const { category, upTo, channel, afterStream = '', limit = DEFAULT_LIMIT } = request;
    const { prefix = `${category}-` } = request;
    const before = '(SELECT max(b.position) FROM events b WHERE b.stream = s.stream AND b.position <= $6)';
    // most streams have not moved since: their last row is found by its position, in one partition
    const last = upTo === undefined ? 's.position' : `CASE WHEN s.position <= $6 THEN s.position ELSE ${before} END`;
    const rows = await this.#reader.rows(`reading the last rows of ${category}`, {
      text: `SELECT ${EVENT_COLUMNS} FROM streams s CROSS JOIN LATERAL (
          SELECT * FROM events e WHERE e.position = ${last}) e
        WHERE s.stream > $1 AND s.stream >= $5 AND s.stream < $2 AND ($3::text IS NULL OR e.channel = $3) ORDER BY s.stream LIMIT $4`,
      values: [afterStream, endOf(prefix), channel ?? null, limit, prefix, ...(upTo === undefined ? [] : [upTo])],
    });
    return rows.map(eventOfPageRow);
  }

  async streamVersion(stream: string): Promise<number> {
    const text = 'SELECT version FROM streams WHERE stream = $1';
    const rows = await this.#reader.rows(`reading the version of ${stream}`, { text, values: [stream] });
    return (rows[0]?.[0] as number | undefined) ?? 0;
  }

  async head(): Promise<StoreHead> {
    const text = 'SELECT h.position, t.incarnation FROM head h, store t';
    const [row] = await this.#reader.rows('reading the head', { text, name: 'head' });
    return { position: row![0] as number, incarnation: row![1] as string };
  }

  async channelHeads(): Promise<{ head: StoreHead; channels: ReadonlyMap<string, Position> }> {
    const rows = await this.#reader.rows('reading the heads of channels', {
      text: 'SELECT h.position, t.incarnation, c.channel, c.head FROM head h CROSS JOIN store t LEFT JOIN channels c ON true',
    });
    const channels = new Map<string, Position>();
    for (const row of rows) if (row[2] !== null) channels.set(row[2] as string, row[3] as number);
    return { head: { position: rows[0]![0] as number, incarnation: rows[0]![1] as string }, channels };
  }

  onAppended(listener: (head: Position) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Own appends only: what `hear` told of others' is not sent on. */
  onOwnAppended(listener: (head: Position) => void): () => void {
    this.#ownListeners.add(listener);
    return () => void this.#ownListeners.delete(listener);
  }

  /** Another process says that it has appended up to there. */
  hear(head: Position): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(head));
  }

  /** Ends the connections; what is being appended is answered first. */
  async close(): Promise<void> {
    this.#listeners.clear();
    await Promise.all([this.#reader.close(), this.#writer.close()]);
  }

  async #send(requests: readonly AppendRequest[]): Promise<(AppendOutcome | SeenBefore)[]> {
    const batch = new AppendBatch(requests);
    const answer = (await this.#call(batch, { checkKeys: false })) ?? (await this.#call(batch, { checkKeys: true }))!;
    const outcomes = batch.outcomes(answer);
    for (const outcome of outcomes) if (outcome.kind === 'appended') this.#recent.put(outcome.events);
    if (outcomes.some(({ kind }) => kind === 'appended')) this.#tell(answer[5] as number);
    return outcomes;
  }

  /** undefined when a command of the batch is there already and its keys were not checked before */
  async #call(batch: AppendBatch, { checkKeys }: { checkKeys: boolean }): Promise<unknown[] | undefined> {
    try {
      const values = batch.parameters(checkKeys);
      const [answer] = await this.#writer.rows('appending', { text: APPEND_STATEMENT, name: 'append', values });
      return answer;
    } catch (error) {
      const { code, constraint } = error as { code?: unknown; constraint?: unknown };
      if (!checkKeys && code === UNIQUE_VIOLATION && constraint === 'append_keys_pkey') return undefined;
      throw error;
    }
  }

  #tell(head: Position): void {
    if (head <= this.#told) return; // the other lane's answer was faster
    this.#told = head;
    this.hear(head);
    for (const listener of this.#ownListeners) queueMicrotask(() => listener(head));
  }
}

/** In byte order everything that begins with an ASCII prefix lies between it and this: exactly a range of the primary key. */
const endOf = (prefix: string): string =>
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
