import { eventIdOf } from '@skerry/adapters/crypto/event-id';
import { AppendBatcher } from '@skerry/adapters/postgres/append-batcher';
import { byteaArray, int8Array, textArray, uuidArray } from '@skerry/adapters/postgres/binary-array';
import { Database } from '@skerry/adapters/postgres/database';
import { openPostgresStore, type PostgresStore } from '@skerry/adapters/postgres/store';
import type { AppendRequest } from '@skerry/ports/event-store/event-store';
import { partitionOf } from '@skerry/ports/event-store/event-store';

const EVENT_BYTES = 300;

export interface AppendBenchOptions {
  /** login of a superuser on a server that waits for its disk */
  readonly url: string;
  readonly masterKeyPath: string;
  /** how long each rate is measured, default 3,000 */
  readonly durationMs?: number;
}

export interface AppendFigures {
  readonly append_events_per_second_1: number;
  readonly append_events_per_second_8: number;
  readonly append_events_per_second_32: number;
  readonly append_events_per_second_256: number;
  /** append_events_per_second_32 ÷ the same rows by plain batched INSERT + commit, median of 7 turns */
  readonly append_ratio_to_plain_insert_32: number;
  readonly replay_events_per_second: number;
}

type Append = (request: AppendRequest) => Promise<unknown>;

/**
 * Rates of the event store with 300-byte events, one event per append, each with an expected version, over 20,000 streams
 * and 16 partitions. Makes two databases and drops them.
 */
export const measureAppend = async (options: AppendBenchOptions): Promise<AppendFigures> => {
  const { durationMs = 3_000 } = options;
  const names = ['bench_append', 'bench_plain'];
  const admin = new Database({ connectionString: options.url, maxConnections: 1 });
  for (const name of names) await admin.rows('dropping', { text: `DROP DATABASE IF EXISTS ${name}` });
  for (const name of names) await admin.rows('creating', { text: `CREATE DATABASE ${name}` });
  const [ours, plainUrl] = names.map((name) => options.url.replace(/\/[^/]*$/, `/${name}`));
  const store = await openPostgresStore({ connectionString: ours!, masterKeyPath: options.masterKeyPath });
  const plain = await openPlain({ connectionString: plainUrl!, masterKeyPath: options.masterKeyPath });
  try {
    const rates = await ratesOf({ store, plain: plain.plain, durationMs });
    return { ...rates, replay_events_per_second: await replayRate(store) };
  } finally {
    await store.close();
    await plain.close();
    for (const name of names) await admin.rows('dropping', { text: `DROP DATABASE ${name}` });
    await admin.close();
  }
};

const ratesOf = async (bench: { store: PostgresStore; plain: Append; durationMs: number }) => {
  const { durationMs } = bench;
  const append: Append = (request) => bench.store.events.append(request);
  await rateOf(append, { callers: 32, durationMs: durationMs / 3 });
  await rateOf(bench.plain, { callers: 32, durationMs: durationMs / 3 });
  const one = await rateOf(append, { callers: 1, durationMs });
  const eight = await rateOf(append, { callers: 8, durationMs });
  // In short turns, so that what else the machine does meanwhile touches both.
  const turns: { ours: number; plain: number }[] = [];
  for (let turn = 0; turn < 7; turn++) {
    const ours = await rateOf(append, { callers: 32, durationMs: durationMs / 3 });
    turns.push({ ours, plain: await rateOf(bench.plain, { callers: 32, durationMs: durationMs / 3 }) });
  }
  return {
    append_events_per_second_1: one,
    append_events_per_second_8: eight,
    append_events_per_second_32: median(turns.map(({ ours }) => ours)),
    append_events_per_second_256: await rateOf(append, { callers: 256, durationMs }),
    append_ratio_to_plain_insert_32: Math.round(median(turns.map(({ ours, plain }) => ours / plain)) * 1_000) / 1_000,
  };
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

let commands = 0;
const data = new Uint8Array(EVENT_BYTES).map((_, index) => index * 7);
const meta = { actor: 'service:bench', correlationId: 'bench', causationId: 'bench', traceparent: '' };

const nextAppend = (caller: number, version: number): AppendRequest => {
  const uid = `00000000-0000-4000-8000-${String(caller).padStart(12, '0')}`;
  const stream = `placement-${uid}-${version % 80}`;
  return {
    commandId: `bench-${process.pid}-${++commands}`,
    events: [
      { stream, type: 'PlacementDecided', data, partition: partitionOf(uid), namespace: 'bench', uid, cluster: '' },
    ],
    expected: [{ stream: `rollout-${uid}`, version: 0 }],
    meta,
  };
};

const rateOf = async (
  append: Append,
  { callers, durationMs }: { callers: number; durationMs: number },
): Promise<number> => {
  const startMs = performance.now();
  let done = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    for (let version = 0; performance.now() - startMs < durationMs; version++) {
      await append(nextAppend(caller, version));
      done++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return Math.round((done * 1_000) / (performance.now() - startMs));
};

const replayRate = async (store: PostgresStore): Promise<number> => {
  const startMs = performance.now();
  let [after, events] = [0, 0];
  let page = store.events.read({ after, limit: 2_000 });
  for (;;) {
    const range = await page;
    if (range.events.length === 0) break;
    after = range.through;
    page = store.events.read({ after, limit: 2_000 });
    events += range.events.length;
  }
  return Math.round((events * 1_000) / (performance.now() - startMs));
};

/**
 * What the ratio is against: the same rows into a table of the same columns, partitions and indexes, one INSERT and commit
 * per batch on one connection, positions from the client. No lock, no versions, no keys, no chain.
 */
const openPlain = async (options: {
  connectionString: string;
  masterKeyPath: string;
}): Promise<PostgresStore & { plain: Append }> => {
  const store = await openPostgresStore(options);
  const database = new Database({ connectionString: options.connectionString, maxConnections: 1 });
  let position = 0;
  const batcher = new AppendBatcher({
    send: async (requests) => {
      const values = plainParameters(requests, position);
      position += requests.length;
      await database.rows('inserting plainly', { text: PLAIN_INSERT, values, name: 'plain' });
      return requests.map(() => undefined);
    },
    failsAll: () => true,
    lanes: 1,
  });
  const close = async (): Promise<void> => void (await Promise.all([database.close(), store.close()]));
  return { ...store, plain: (request) => batcher.append(request), close };
};

const TEXTS = ['category', 'channel', 'stream', 'type', 'namespace', 'uid', 'cluster', 'fleet', 'site', 'actor'];
const MORE_TEXTS = ['correlation_id', 'causation_id', 'traceparent'];
const PLAIN_INSERT = `INSERT INTO events (position, version, channel_prev, recorded_at, event_id, incarnation,
    ${[...TEXTS, ...MORE_TEXTS].join(', ')}, previous_hash, data)
  SELECT p, v, c, now(), i, n, ${Array.from({ length: 13 }, (_, i) => `t${i}`).join(', ')}, h, d
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[],
    ${Array.from({ length: 13 }, (_, i) => `$${i + 6}::text[]`).join(', ')}, $19::bytea[], $20::bytea[])
    AS e(p, v, c, i, n, ${Array.from({ length: 13 }, (_, i) => `t${i}`).join(', ')}, h, d)`;

const plainParameters = (requests: readonly AppendRequest[], before: number): Buffer[] => {
  const events = requests.flatMap((request) => request.events);
  const same = (value: string): Buffer => textArray(events.map(() => value));
  const counted = events.map((_, index) => before + index + 1);
  return [
    int8Array(counted),
    int8Array(counted),
    int8Array(counted),
    uuidArray(requests.map(({ commandId }) => eventIdOf(commandId, 0))),
    uuidArray(requests.map(() => '00000000-0000-4000-8000-000000000000')),
    same('placement'),
    textArray(events.map(({ partition }) => `placement.${partition}`)),
    textArray(events.map(({ stream }) => stream)),
    textArray(events.map(({ type }) => type)),
    textArray(events.map(({ namespace }) => namespace)),
    textArray(events.map(({ uid }) => uid)),
    textArray(events.map(({ cluster }) => cluster)),
    same('fleet'),
    same('site'),
    same(meta.actor),
    same(meta.correlationId),
    same(meta.causationId),
    same(meta.traceparent),
    byteaArray(events.map(() => new Uint8Array(32))),
    byteaArray(events.map((event) => event.data)),
  ];
};
