import { encodeEvent } from '@skerry/domain/codec';
import { TransientFailure } from '@skerry/kernel/errors';
import type { AppendOutcome, AppendRequest, NewEvent, StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import pg from 'pg';
import { APPEND_STATEMENT, AppendBatch } from './append-batch.ts';
import type { KeyRow, Run, Seen, StreamRow } from './gapless-oracle.spec-support.ts';
import { runRetention } from './retention.ts';
import type { PostgresStore } from './store.ts';
import { query } from './test-postgres.spec-support.ts';

export interface RunOptions {
  readonly connectionString: string;
  /**
   * Writers are spread over all but the last, whose readers so have nothing in memory; each has its own connections, as
   * processes have.
   */
  readonly stores: readonly PostgresStore[];
  readonly events: number;
  readonly writers: number;
  readonly readers: number;
}

const EVENTS_PER_APPEND = 25;
const CATEGORIES = ['desired', 'placement', 'scale', 'observed'];

/** Writers with conflicts and rollbacks against readers, with retention in the middle. */
export const runWritersAndReaders = async (options: RunOptions): Promise<Run> => {
  const { connectionString, stores } = options;
  const appends: (readonly StoredEvent[])[] = [];
  const failures: string[] = [];
  const done = { writing: false };
  const storeOf = (writer: number): PostgresStore => stores[writer % (stores.length - 1)]!;
  const readers = Array.from({ length: options.readers }, () => read(stores.at(-1)!, done));
  const rollbacks = rollBack(connectionString, done);
  const retention = compact(connectionString, {
    when: () => appends.length * EVENTS_PER_APPEND > options.events / 2,
    done,
  });
  const share = Math.ceil(options.events / options.writers / EVENTS_PER_APPEND);
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; n < share; n++) {
      const events = await appendUntilDone(storeOf(writer), { writer, n });
      if (typeof events === 'string') failures.push(events);
      else appends.push(events);
    }
  };
  await Promise.all(Array.from({ length: options.writers }, (_, writer) => write(writer)));
  done.writing = true;
  await Promise.all([rollbacks, retention]);
  return { appends, readers: await Promise.all(readers), failures, ...(await storedOf(options)) };
};

/**
 * A batch of two appends of which the first is refused, which random writers make only now and then. Appends of one turn
 * share a batch.
 */
export const appendBehindRefused = async (options: Pick<RunOptions, 'connectionString' | 'stores'>): Promise<Run> => {
  const append = (stream: string): Promise<AppendOutcome> =>
    options.stores[0]!.events.append(appendOf([eventOf(stream)], { expected: [{ stream, version: 0 }] }));
  const outcomes = [await append('scale-hot'), ...(await Promise.all([append('scale-hot'), append('scale-behind')]))];
  const kinds = outcomes.map(({ kind }) => kind).join();
  const failures = kinds === 'appended,conflict,appended' ? [] : [kinds];
  const appends = outcomes.flatMap((outcome) => (outcome.kind === 'appended' ? [outcome.events] : []));
  return { appends, readers: [], failures, ...(await storedOf(options)) };
};

/** What the store remembers when all is over. */
const storedOf = async ({
  connectionString,
  stores,
}: Pick<RunOptions, 'connectionString' | 'stores'>): Promise<Pick<Run, 'compacted' | 'head' | 'streams' | 'keys'>> => ({
  compacted: await compactedOf(connectionString),
  head: (await stores[0]!.events.head()).position,
  streams: await numbersOf<StreamRow>(connectionString, 'SELECT stream, version, position FROM streams'),
  keys: await numbersOf<KeyRow>(connectionString, 'SELECT event_id AS "eventId", position, span FROM append_keys'),
});

/** Conflicts are decided again on the version that was told, unknown ends are repeated with the same command. */
const appendUntilDone = async (
  store: PostgresStore,
  { writer, n }: { writer: number; n: number },
): Promise<readonly StoredEvent[] | string> => {
  // Four writers of different stores share a hot stream, so that most of their first tries lose, also as the first of a batch.
  const hot = `scale-hot-${writer % 4}`;
  let version = await store.events.streamVersion(hot);
  for (let attempt = 0; ; attempt++) {
    const request = requestOf({ writer, n, hot, version, attempt });
    try {
      const outcome = await store.events.append(request);
      if (outcome.kind === 'appended' || outcome.kind === 'already-there') return outcome.events;
      if (outcome.kind !== 'conflict') return `unexpected ${outcome.kind}`;
      version = outcome.actual;
    } catch (error) {
      if (!(error instanceof TransientFailure)) return (error as Error).message;
    }
  }
};

const requestOf = (from: {
  writer: number;
  n: number;
  hot: string;
  version: number;
  attempt: number;
}): AppendRequest => {
  const { writer, n, hot, version, attempt } = from;
  const events: NewEvent[] = Array.from({ length: EVENTS_PER_APPEND - 1 }, (_, i) => {
    const category = CATEGORIES[i % CATEGORIES.length]!;
    const cluster = category === 'desired' || category === 'observed' ? `c${i % 3}` : '';
    const stream = `${category}-${writer}-${i % 8}`;
    return eventOf(stream, { ...observed(stream), cluster, ...(cluster && { partition: cluster }) });
  });
  const isContended = n % 4 === 0;
  const own = isContended ? hot : `scale-own-${writer}`;
  return appendOf([...events, eventOf(own, observed(own))], {
    commandId: `writer-${writer}-${n}-${isContended ? attempt : 0}`,
    expected: isContended ? [{ stream: hot, version }] : [],
  });
};

/** Retention reads what rows name, so they have to be of a type that there is. */
const observed = (message: string): { type: string; data: Uint8Array } => ({
  type: 'ObjectObserved',
  data: encodeEvent('ObjectObserved', { message }),
});

const read = async (store: PostgresStore, done: { writing: boolean }): Promise<Seen[]> => {
  const seen: Seen[] = [];
  for (let after = 0; ;) {
    const wasWriting = !done.writing;
    const { events, through } = await store.events.read({ after, limit: 700 });
    for (const { position, eventId } of events) seen.push({ position, eventId });
    if (through === after && !wasWriting) return seen;
    // At the head: give the writers the core, as a reader that waits for a hint does.
    if (through === after) await new Promise((resolve) => setTimeout(resolve, 3));
    after = through;
  }
};

/** Appends that got positions and were undone: a crash of their writer just before the commit. */
const rollBack = async (connectionString: string, done: { writing: boolean }): Promise<void> => {
  const client = new pg.Client({ connectionString, options: '-c role=skerry_service' });
  await client.connect();
  for (let n = 0; !done.writing; n++) {
    const batch = new AppendBatch([appendOf([eventOf('scale-never'), eventOf('placement-never')])]);
    try {
      await client.query('BEGIN');
      await client.query(APPEND_STATEMENT, batch.parameters(false));
    } catch (error) {
      // Only the controls get here: without the lock two appends collide.
      if (typeof (error as { code?: unknown }).code !== 'string') throw error;
    }
    await client.query('ROLLBACK');
  }
  await client.end();
};

const compact = async (
  connectionString: string,
  run: { when: () => boolean; done: { writing: boolean } },
): Promise<void> => {
  while (!run.when() && !run.done.writing) await new Promise((resolve) => setTimeout(resolve, 10));
  await runRetention({ connectionString, olderThanMs: 0 });
};

const compactedOf = async (connectionString: string): Promise<Set<number>> => {
  const rows = await query(connectionString, 'SELECT position FROM compacted');
  return new Set(rows.map(({ position }) => Number(position)));
};

/** Rows with their bigints as numbers. */
const numbersOf = async <Row>(connectionString: string, text: string): Promise<Row[]> => {
  const numberOf = (value: unknown): unknown => (/^\d+$/.test(String(value)) ? Number(value) : value);
  const rows = await query(connectionString, text);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, of]) => [name, numberOf(of)])) as Row);
};
