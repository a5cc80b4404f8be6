import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Run, faultsOf } from './gapless-oracle.spec-support.ts';
import { appendBehindRefused, type RunOptions, runWritersAndReaders } from './gapless-run.spec-support.ts';
import { appendFunction, NEXT_POSITION, TAKE_APPEND_LOCK } from './migrations/0002-append.ts';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

let postgres: TestPostgres;
beforeAll(async () => void (postgres = await startTestPostgres()), 60_000);
afterAll(() => postgres.stop(), 30_000);

type Spoil = (sql: string) => string;
type Play = (on: Pick<RunOptions, 'connectionString' | 'stores'>) => Promise<Run>;

/** What is played on a new store; `spoil` changes `append_batch` before it begins. */
const playOn = async (play: Play, spoil?: Spoil): Promise<Run & { database: string }> => {
  const { store, connectionString } = await postgres.openStore({ partitionSize: 20_000 });
  const others = await Promise.all([1, 2, 3].map(() => postgres.openStore({ connectionString })));
  const stores = [store, ...others.map((other) => other.store)];
  if (spoil) {
    await query(connectionString, 'CREATE SEQUENCE control; GRANT USAGE ON SEQUENCE control TO skerry_service');
    const spoilt = spoil(appendFunction);
    expect(spoilt).not.toBe(appendFunction);
    await query(connectionString, spoilt.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
  }
  const result = await play({ connectionString, stores });
  await Promise.all(stores.map((each) => each.close()));
  return { ...result, database: connectionString };
};

const run = ({ events, spoil }: { events: number; spoil?: Spoil }): Promise<Run & { database: string }> =>
  playOn((on) => runWritersAndReaders({ ...on, events, writers: 16, readers: 8 }), spoil);

describe('16 writers with conflicts and rollbacks against 8 readers', () => {
  it('100,000 events: none missed, none twice, no hole, no version wrong, over partition switches and a retention run', async () => {
    const result = await run({ events: 100_000 });
    expect(faultsOf(result)).toEqual([]);
    expect(result.head).toBeGreaterThanOrEqual(100_000);
    expect(result.compacted.size).toBeGreaterThan(10_000);
    expect(await query(result.database, 'SELECT count(DISTINCT tableoid)::int AS partitions FROM events')).toEqual([
      { partitions: 6 },
    ]);
    expect(await query(result.database, BROKEN_LINKS)).toEqual([{ broken: 0, links: result.head }]);
  }, 180_000);

  it('the same check finds what is lost when positions come from a sequence', async () => {
    const spoil = (sql: string): string =>
      sql.replace(TAKE_APPEND_LOCK, '').replaceAll(NEXT_POSITION, "head_now := nextval('skerry.control');");
    expect(faultsOf(await run({ events: 10_000, spoil })).join('; ')).toMatch(/reader \d missed|holes/);
  }, 60_000);

  it('the same check finds streams whose versions were not written, behind an append that was refused', async () => {
    const spoil = (sql: string): string => sql.replace(/\n *stream_position := array_fill\(.*/, '');
    expect(faultsOf(await playOn(appendBehindRefused))).toEqual([]);
    expect(faultsOf(await playOn(appendBehindRefused, spoil))).toEqual(['streams has 1 rows for 2 streams']);
  }, 60_000);

  it('the same check finds what goes wrong when the lock is dropped', async () => {
    const spoil = (sql: string): string => sql.replace(TAKE_APPEND_LOCK, '');
    expect(faultsOf(await run({ events: 10_000, spoil })).join('; ')).toMatch(/failed: .*duplicate key|missed|holes/);
  }, 60_000);
});

/** Every row of a channel, compacted or not, names the one before and its hash. */
const BROKEN_LINKS = `
  WITH links AS (
    SELECT position, channel, channel_prev, previous_hash,
        row_hash(previous_hash, channel_prev, event_id, type, data) AS hash FROM events
    UNION ALL SELECT position, channel, channel_prev, previous_hash, hash FROM compacted),
  pairs AS (
    SELECT channel_prev, previous_hash, lag(position, 1, 0::bigint) OVER w AS prev, lag(hash, 1, ''::bytea) OVER w AS hash
    FROM links WINDOW w AS (PARTITION BY channel ORDER BY position))
  SELECT (count(*) FILTER (WHERE channel_prev <> prev OR previous_hash <> hash))::int AS broken, count(*)::int AS links
  FROM pairs`;
