import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@skerry/domain/codec';
import type { BlobRef } from '@skerry/ports/blobs/blobs';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import pg from 'pg';
import { PUT_BLOB } from './blob-shelf.ts';
import { RETENTION_LOCK } from './locks.ts';
import { type RetentionReport, runRetention } from './retention.ts';
import type { PostgresStore } from './store.ts';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

let postgres: TestPostgres;
let store: PostgresStore;
let connectionString: string;
const clients: pg.Client[] = [];
beforeAll(async () => void (postgres = await startTestPostgres()), 60_000);
afterAll(() => postgres.stop(), 30_000);
beforeEach(async () => void ({ store, connectionString } = await postgres.openStore({ partitionSize: 100 })));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await store.close();
});

const HOUR_MS = 3_600_000;

/** Everything is old at once, and a blob goes as soon as a second run finds that nobody names it. */
const run = async (more: { olderThanMs?: number; blobGraceMs?: number } = {}): Promise<RetentionReport> =>
  (await runRetention({ connectionString, olderThanMs: 0, blobGraceMs: 0, rangeSize: 3, ...more }))!;

const append = async (stream: string, blob?: BlobRef): Promise<void> => {
  const [type, body] = ['ObjectDesired' as const, blob && { at: { case: 'blob' as const, value: blob } }];
  const event = eventOf(stream, { type, data: encodeEvent(type, { body }), partition: '1' });
  await store.events.append(appendOf([event]));
};

/** What this process has appended lately it would answer from memory. */
const FROM_THE_TABLE = { upTo: 1_000 };

const put = (text: string): Promise<BlobRef> => store.blobs.put(Buffer.from(text));
const isThere = async ({ id }: BlobRef): Promise<boolean> =>
  (await query(connectionString, `SELECT 1 FROM blobs WHERE id = '${id}'`)).length === 1;

/** A transaction that is left open, as that of somebody else at the same moment. */
const beginning = async (statement: pg.QueryConfig): Promise<{ commit(): Promise<unknown> }> => {
  const client = new pg.Client({ connectionString, options: '-c search_path=skerry' });
  clients.push(client);
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return { commit: () => client.query('COMMIT') };
};

const somebodyWaits = async (): Promise<boolean> =>
  (await query(connectionString, 'SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0;

describe('rows', () => {
  it('that are old and superseded go, of their categories alone; what is left of them keeps the chain', async () => {
    for (const stream of ['desired-c1/a', 'desired-c1/a', 'desired-c1/b', 'placement-a', 'placement-a', 'observed-a']) {
      await append(stream);
    }
    expect(await run({ olderThanMs: HOUR_MS })).toMatchObject({ rows: 0 });
    expect(await run()).toMatchObject({ rows: 1 });
    const range = await store.events.read({ after: 0, ...FROM_THE_TABLE });
    expect([range.events.map(({ position }) => position), range.through]).toEqual([[2, 3, 4, 5, 6], 6]);
    expect(await query(connectionString, 'SELECT position::int, channel FROM compacted')).toEqual([
      { position: 1, channel: 'desired.1' },
    ]);
  });

  it('that were the last of their stream when they became old go once they are superseded', async () => {
    for (const stream of ['desired-c1/a', 'desired-c1/b', 'observed-a', 'observed-b', 'observed-c']) {
      await append(stream);
    }
    expect(await run()).toMatchObject({ rows: 0 });
    await append('desired-c1/a');
    await append('observed-c');
    expect(await run()).toMatchObject({ rows: 2 });
    const { events } = await store.events.read({ after: 0, ...FROM_THE_TABLE });
    expect(events.map(({ position }) => position)).toEqual([2, 3, 4, 6, 7]);
  });

  it('that were superseded when they were young go once they are old', async () => {
    for (let n = 0; n < 8; n++) await append('observed-a');
    expect(await run({ olderThanMs: HOUR_MS })).toMatchObject({ rows: 0 });
    await query(connectionString, "UPDATE events SET recorded_at = now() - interval '2 hours' WHERE position <= 5");
    expect(await run({ olderThanMs: HOUR_MS })).toMatchObject({ rows: 5 });
    await query(connectionString, "UPDATE events SET recorded_at = now() - interval '2 hours'");
    expect(await run({ olderThanMs: HOUR_MS })).toMatchObject({ rows: 2 });
  });

  it('are looked at again when another age is wanted', async () => {
    for (let n = 0; n < 3; n++) await append('observed-a');
    await query(connectionString, "UPDATE events SET recorded_at = now() - interval '2 hours' WHERE position = 1");
    await query(connectionString, 'UPDATE retention SET older_than_ms = 7, aged_through = 3, superseded_through = 3');
    expect(await run({ olderThanMs: HOUR_MS })).toMatchObject({ rows: 1 });
  });
});

describe('partitions', () => {
  const partitions = async (): Promise<number> =>
    (await query(connectionString, "SELECT FROM pg_inherits WHERE inhparent = 'skerry.events'::regclass")).length;

  it('are there before an append has to make one', async () => {
    expect([await partitions(), await run(), await run()]).toMatchObject([1, { partitions: 1 }, { partitions: 0 }]);
    // An append that finds less than half a partition ahead makes one: with a run behind it, it finds more.
    for (let n = 0; n < 10; n++) {
      await store.events.append(appendOf(Array.from({ length: 10 }, () => eventOf('scale-a'))));
    }
    expect(await partitions()).toBe(2);
  });
});

describe('a blob', () => {
  it('goes with the last row that named it, at the second run that finds so', async () => {
    const [old, shared, present] = [await put('old'), await put('shared'), await put('present')];
    await append('desired-c1/a', old);
    await append('desired-c1/b', old);
    await run();
    await append('desired-c1/a', shared);
    await append('desired-c1/b', shared);
    await append('desired-c1/a', present);
    expect(await run()).toEqual({ rows: 3, blobs: 0, partitions: 0 });
    expect(await run()).toMatchObject({ blobs: 1 });
    expect(await Promise.all([old, shared, present].map(isThere))).toEqual([false, true, true]);
  });

  it('stays as long as history names it', async () => {
    const blob = await put('first revision');
    const body = { at: { case: 'blob' as const, value: blob } };
    const stored = eventOf('manifest-a', { type: 'ManifestStored', data: encodeEvent('ManifestStored', { body }) });
    const deleted = eventOf('manifest-a', { type: 'ManifestDeleted', data: encodeEvent('ManifestDeleted', {}) });
    await store.events.append(appendOf([stored, deleted]));
    for (let n = 0; n < 3; n++) await run();
    expect(await isThere(blob)).toBe(true);
  });

  it('stays for its grace, so that an append that comes late finds it', async () => {
    const blob = await put('of an append that is under way');
    for (let n = 0; n < 3; n++) expect(await run({ blobGraceMs: HOUR_MS })).toMatchObject({ blobs: 0 });
    await append('desired-c1/a', blob);
    for (let n = 0; n < 3; n++) expect(await run()).toMatchObject({ blobs: 0 });
    expect(await isThere(blob)).toBe(true);
  });

  it('that is put again after a run found nobody to name it has its grace anew', async () => {
    const blob = await put('a');
    await run();
    await put('a');
    expect(await run()).toMatchObject({ blobs: 0 });
    expect(await isThere(blob)).toBe(true);
  });

  it('that an event names again, without a put, has its grace anew once nobody does', async () => {
    const blob = await put('a');
    await run();
    await append('desired-c1/a', blob);
    await run();
    await append('desired-c1/a');
    expect(await run()).toMatchObject({ rows: 1, blobs: 0 });
    expect(await run()).toMatchObject({ blobs: 1 });
  });

  it('is not taken from a writer who is putting it at that moment', async () => {
    const blob = await put('a');
    await run();
    const writer = await beginning({ text: PUT_BLOB, values: [blob.id, Buffer.from('a')] });
    const collecting = run();
    await waitUntil('the run waits for the writer', { holds: somebodyWaits });
    await writer.commit();
    expect(await collecting).toMatchObject({ blobs: 0 });
    expect(await isThere(blob)).toBe(true);
  });

  it('is put anew by a writer who comes while it is being removed', async () => {
    const blob = await put('a');
    const collector = await beginning({ text: `DELETE FROM blobs WHERE id = '${blob.id}'` });
    const writing = put('a');
    await waitUntil('the writer waits for the run', { holds: somebodyWaits });
    await collector.commit();
    await writing;
    expect(Buffer.from(await store.blobs.get(blob)).toString()).toBe('a');
  });

  it('does not go while an event cannot be decoded: it might name it', async () => {
    const blob = await put('a');
    await run();
    await store.events.append(appendOf([eventOf('desired-c1/a', { type: 'ObjectDreamt' })]));
    await expect(run()).rejects.toThrow('event type ObjectDreamt is not known');
    expect(await isThere(blob)).toBe(true);
  });
});

it('one run at a time: a second one does nothing', async () => {
  const other = await beginning({ text: `SELECT pg_advisory_lock(${RETENTION_LOCK})` });
  expect(await runRetention({ connectionString })).toBeUndefined();
  await other.commit();
});
