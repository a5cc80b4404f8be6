import { randomUUID } from 'node:crypto';
import { TransientFailure } from '@skerry/kernel/errors';
import { byText } from '@skerry/kernel/order';
import type { Clock } from '@skerry/ports/clock/clock';
import { categoryOf, channelOf } from '@skerry/ports/event-store/event-store';
import type {
  AppendOutcome,
  AppendRequest,
  Category,
  EventRange,
  EventStore,
  NewEvent,
  Position,
  ReadRequest,
  StoredEvent,
  StoreHead,
} from '@skerry/ports/event-store/event-store';
import { checkAppend } from '../crypto/append-check.ts';
import { eventIdOf } from '../crypto/event-id.ts';
import { rowHash } from '../crypto/row-hash.ts';
import type { MemoryLeases } from './leases.ts';

export interface MemoryEventStoreOptions {
  readonly clock: Clock;
  readonly leases: MemoryLeases;
  /** default `fleet` */
  readonly fleet?: string;
  /** default `site` */
  readonly site?: string;
}

/** What a test may do to a store: `before`: refused and not done; `after`: done, but the answer is lost. */
export type AppendFault = 'before' | 'after';

/** The event store in memory: the double of every test, with the same promises but durability. */
export class MemoryEventStore implements EventStore {
  readonly #options: MemoryEventStoreOptions;
  /** row of position p at p − 1; undefined once compacted */
  readonly #rows: (StoredEvent | undefined)[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #versions = new Map<string, number>();
  readonly #channels = new Map<string, { head: Position; hash: string }>();
  readonly #commands = new Map<string, { first: Position; count: number }>();
  readonly #listeners = new Set<(head: Position) => void>();
  readonly #faults: AppendFault[] = [];
  #incarnation: string = randomUUID();
  #reachable = true;

  constructor(options: MemoryEventStoreOptions) {
    this.#options = options;
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#reach();
    checkAppend(request);
    const fault = this.#faults.shift();
    if (fault === 'before') throw new TransientFailure('the store was asked to fail before the append');
    const outcome = this.#decide(request);
    if (outcome.kind === 'appended') {
      for (const listener of this.#listeners) queueMicrotask(() => listener(this.#rows.length));
    }
    if (fault === 'after') throw new TransientFailure('the store was asked to lose the answer of the append');
    return outcome;
  }

  async read(request: ReadRequest): Promise<EventRange> {
    this.#reach();
    const end = Math.min(request.upTo ?? this.#rows.length, this.#rows.length);
    const limit = request.limit ?? 1_000;
    const channels = request.channels && new Set(request.channels);
    const categories = request.categories && new Set(request.categories);
    const events: StoredEvent[] = [];
    for (let position = request.after + 1; position <= end; position++) {
      const row = this.#rows[position - 1];
      if (!row || (channels && !channels.has(row.channel)) || (categories && !categories.has(row.category))) continue;
      events.push(row);
      if (events.length === limit) return { events, through: position };
    }
    return { events, through: Math.max(end, request.after) };
  }

  async readStream(stream: string, afterVersion = 0): Promise<readonly StoredEvent[]> {
    this.#reach();
    return (this.#streams.get(stream) ?? []).filter((row) => row.version > afterVersion);
  }

  async readLastPerStream(request: {
    category: Category;
    upTo?: Position;
    channel?: string;
    prefix?: string;
    afterStream?: string;
    limit?: number;
  }): Promise<readonly StoredEvent[]> {
    this.#reach();
    const { upTo = this.#rows.length, prefix = '', afterStream = '', limit = 1_000 } = request;
    const events: StoredEvent[] = [];
    for (const stream of [...this.#streams.keys()].sort(byText)) {
      if (categoryOf(stream) !== request.category || stream <= afterStream || !stream.startsWith(prefix)) continue;
      const last = this.#streams.get(stream)!.findLast((row) => row.position <= upTo);
      if (last && (request.channel === undefined || last.channel === request.channel)) events.push(last);
      if (events.length === limit) break;
    }
    return events;
  }

  async streamVersion(stream: string): Promise<number> {
    this.#reach();
    return this.#versions.get(stream) ?? 0;
  }

  async head(): Promise<StoreHead> {
    this.#reach();
    return { position: this.#rows.length, incarnation: this.#incarnation };
  }

  async channelHeads(): Promise<{ head: StoreHead; channels: ReadonlyMap<string, Position> }> {
    const channels = new Map([...this.#channels].map(([channel, { head }]) => [channel, head]));
    return { head: await this.head(), channels };
  }

  onAppended(listener: (head: Position) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  /** Test hook: the next appends fail like this, one each. */
  failNextAppends(...faults: AppendFault[]): void {
    this.#faults.push(...faults);
  }

  /** Test hook: while unreachable every call throws TransientFailure. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
  }

  /** What `skerry store adopt-restored` does: a new incarnation over the rows as they are. */
  adoptRestored(): string {
    this.#incarnation = randomUUID();
    return this.#incarnation;
  }

  /** Test hook: the store as it was at a position, as a restored backup has it. */
  restoreTo(position: Position): void {
    const kept = this.#rows.splice(0).slice(0, position);
    this.#rows.push(...kept);
    for (const [command, { first }] of this.#commands) if (first > position) this.#commands.delete(command);
    for (const stores of [this.#streams, this.#versions, this.#channels]) stores.clear();
    for (const row of kept) if (row) this.#index(row);
  }

  /** Retention, at once: rows of these categories that are not the last of their stream leave only their position. */
  compact(categories: readonly Category[]): number {
    let gone = 0;
    for (const [stream, rows] of this.#streams) {
      if (!categories.includes(categoryOf(stream))) continue;
      for (const row of rows.splice(0, rows.length - 1)) {
        this.#rows[row.position - 1] = undefined;
        gone++;
      }
    }
    return gone;
  }

  #reach(): void {
    if (!this.#reachable) throw new TransientFailure('the store cannot be reached');
  }

  #decide(request: AppendRequest): AppendOutcome {
    const first = this.#commands.get(request.commandId);
    if (first) {
      const rows = this.#rows.slice(first.first - 1, first.first - 1 + first.count);
      return { kind: 'already-there', events: rows.filter((row) => row !== undefined) };
    }
    const { lease } = request;
    if (lease && !this.#options.leases.holds(lease.name, lease.term)) return { kind: 'stale-lease', ...lease };
    for (const { stream, version } of request.expected) {
      const actual = this.#versions.get(stream) ?? 0;
      if (actual !== version) return { kind: 'conflict', stream, expected: version, actual };
    }
    this.#commands.set(request.commandId, { first: this.#rows.length + 1, count: request.events.length });
    const recordedAt = this.#options.clock.now();
    return { kind: 'appended', events: request.events.map((_, index) => this.#insert(request, { index, recordedAt })) };
  }

  #insert(request: AppendRequest, { index, recordedAt }: { index: number; recordedAt: Date }): StoredEvent {
    const event: NewEvent = request.events[index]!;
    const channel = channelOf(event);
    const before = this.#channels.get(channel) ?? { head: 0, hash: '' };
    const row: StoredEvent = {
      ...event,
      data: Uint8Array.from(event.data),
      position: this.#rows.length + 1,
      version: (this.#versions.get(event.stream) ?? 0) + 1,
      eventId: eventIdOf(request.commandId, index),
      category: categoryOf(event.stream),
      channel,
      channelPrev: before.head,
      site: this.#options.site ?? 'site',
      fleet: this.#options.fleet ?? 'fleet',
      incarnation: this.#incarnation,
      meta: request.meta,
      recordedAt,
      previousHash: before.hash,
    };
    this.#rows.push(row);
    this.#index(row);
    return row;
  }

  #index(row: StoredEvent): void {
    this.#versions.set(row.stream, row.version);
    const stream = this.#streams.get(row.stream);
    if (stream) stream.push(row);
    else this.#streams.set(row.stream, [row]);
    this.#channels.set(row.channel, { head: row.position, hash: rowHash(row) });
  }
}
