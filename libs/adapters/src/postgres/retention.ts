import type { Category } from '@skerry/ports/event-store/event-store';
import { collectBlobs } from './blob-collection.ts';
import { Database } from './database.ts';
import { RETENTION_LOCK } from './locks.ts';

/** Categories of which only the last row per stream is kept; all others are kept for ever. */
export const LATEST_PER_STREAM: readonly Category[] = ['desired', 'observed', 'inspection'];

export interface RetentionOptions {
  /** a login that is a member of role `skerry_retention`; no service has it */
  readonly connectionString: string;
  /** rows younger than this stay, default 30 days */
  readonly olderThanMs?: number;
  /** how long a blob has to be named by no row before it goes, default 1 hour; longer than any append follows its put */
  readonly blobGraceMs?: number;
  /** positions looked at per statement, default 20,000 */
  readonly rangeSize?: number;
}

/** What one run did. */
export interface RetentionReport {
  readonly rows: number;
  readonly blobs: number;
  readonly partitions: number;
}

/**
 * One run of retention; safe beside appends, reads and other runs, and beside its own end at any place.
 *
 * - Rows of `desired`, `observed` and `inspection` go when they are older than `olderThanMs` and not the last of their
 *   stream. What is left of one is position, channel links and hash: the chain of its channel can still be checked, and a
 *   reader of a range is told through where it is complete. A row of any other category is never touched.
 * - A blob goes when one run found that no row names it, a later run at least `blobGraceMs` after finds the same, and
 *   nobody has put it in between. So it is there for every append that names it at most `blobGraceMs` after its put, or
 *   after it was last named by another row.
 * - More than a whole partition is ahead of the head afterwards, unless that many events came meanwhile.
 *
 * The work grows with what came since the last run, not with the store. Answers undefined when another run is under way.
 * Throws TransientFailure, and whatever an event that cannot be decoded throws: then no blob goes.
 */
export const runRetention = async (options: RetentionOptions): Promise<RetentionReport | undefined> => {
  const { connectionString, olderThanMs = 30 * 24 * 3_600_000, blobGraceMs = 3_600_000, rangeSize = 20_000 } = options;
  // One connection: the lock below is its own.
  const database = new Database({ connectionString, role: 'skerry_retention', maxConnections: 1 });
  try {
    const [held] = await database.rows('locking retention', { text: LOCK });
    if (held![0] !== true) return undefined;
    const partitions = await addPartition(database);
    const rows = await removeRows(database, { olderThanMs, rangeSize });
    const blobs = await collectBlobs(database, { graceMs: blobGraceMs });
    return { rows, blobs, partitions };
  } finally {
    // Not left to the end of the connection: the server notices that a moment later. One that broke has let go by itself.
    await database.rows('unlocking retention', { text: UNLOCK }).catch(() => undefined);
    await database.close();
  }
};

const LOCK = `SELECT pg_try_advisory_lock(${RETENTION_LOCK})`;
const UNLOCK = `SELECT pg_advisory_unlock(${RETENTION_LOCK})`;

const addPartition = async (database: Database): Promise<number> => {
  const [row] = await database.rows('adding a partition', { text: 'SELECT partition_ahead()' });
  return Number(row![0]);
};

interface Looking {
  readonly cutoff: string;
  readonly head: number;
  readonly rangeSize: number;
}

/**
 * A row can go from the moment when it is both old and superseded. So two walks: over what became old since the last run,
 * and over what was appended since, for rows of the same streams that the first walk has passed: what it has not passed it
 * will meet, and a stream has many rows that are still young.
 */
const removeRows = async (
  database: Database,
  { olderThanMs, rangeSize }: { olderThanMs: number; rangeSize: number },
): Promise<number> => {
  const values = [olderThanMs];
  await database.rows('setting the age of rows', { text: BEGIN_ANEW_WITH_ANOTHER_AGE, values });
  const [row] = await database.rows('reading how far retention is', { text: HOW_FAR, values });
  const [cutoff, head, agedThrough, supersededThrough] = row as [string, number, number, number];
  const looking = { cutoff, head, rangeSize };
  // This first: what is appended behind `head` meanwhile is met by the next run's walk over what was appended.
  const superseded = await removeSuperseded(database, { ...looking, after: supersededThrough, agedThrough });
  return superseded + (await removeAged(database, { ...looking, after: agedThrough }));
};

const removeSuperseded = async (
  database: Database,
  from: Looking & { after: number; agedThrough: number },
): Promise<number> => {
  let gone = 0;
  for (let { after } = from; after < from.head; after += from.rangeSize) {
    const upTo = Math.min(after + from.rangeSize, from.head);
    const values = [after, upTo, from.cutoff, from.agedThrough];
    gone += await remove(database, { which: WITH_STREAM_IN_RANGE, values });
    await note(database, 'superseded_through', upTo);
  }
  return gone;
};

const removeAged = async (database: Database, from: Looking & { after: number }): Promise<number> => {
  let gone = 0;
  for (let { after } = from; after < from.head; after += from.rangeSize) {
    const upTo = Math.min(after + from.rangeSize, from.head);
    const values = [after, upTo, from.cutoff];
    gone += await remove(database, { which: IN_RANGE, values: [...values, upTo] });
    const [row] = await database.rows('looking for the first young row', { text: FIRST_YOUNG, values });
    const firstYoung = row![0] as number | null;
    await note(database, 'aged_through', firstYoung === null ? upTo : firstYoung - 1);
    if (firstYoung !== null) break;
  }
  return gone;
};

const remove = async (
  database: Database,
  { which, values }: { which: string; values: readonly unknown[] },
): Promise<number> => {
  const statement = { text: removal(which), values: [...values, LATEST_PER_STREAM] };
  const [row] = await database.rows('compacting events', statement);
  return row![0] as number;
};

const note = async (database: Database, column: string, position: number): Promise<void> => {
  const text = `UPDATE retention SET ${column} = $1`;
  await database.rows('noting how far retention is', { text, values: [position] });
};

const BEGIN_ANEW_WITH_ANOTHER_AGE = `
  UPDATE retention SET aged_through = 0, older_than_ms = $1::float8 WHERE older_than_ms <> $1::float8`;
/** As text: a Date has no microseconds. */
const HOW_FAR = `
  SELECT (clock_timestamp() - $1::float8 * interval '1 millisecond')::text, h.position, r.aged_through, r.superseded_through
  FROM head h, retention r`;
const FIRST_YOUNG = `
  SELECT min(position) FROM events WHERE position > $1 AND position <= $2 AND recorded_at >= $3::timestamptz`;

const IN_RANGE = 'e.position > $1 AND e.position <= $2 AND e.position <= $4';
const WITH_STREAM_IN_RANGE = `e.position <= $4 AND e.stream IN (
  SELECT n.stream FROM events n WHERE n.position > $1 AND n.position <= $2 AND n.category = ANY($5))`;

/** One statement: a row and what it leaves are never both there, nor both gone. */
const removal = (which: string): string => `
  WITH gone AS (
    DELETE FROM events e USING streams s
      WHERE ${which} AND e.category = ANY($5) AND e.recorded_at < $3::timestamptz
        AND s.stream = e.stream AND s.position > e.position
      RETURNING e.position, e.channel, e.channel_prev, e.previous_hash, e.event_id, e.type, e.data),
  left_over AS (
    INSERT INTO compacted (position, channel, channel_prev, previous_hash, hash)
      SELECT position, channel, channel_prev, previous_hash, row_hash(previous_hash, channel_prev, event_id, type, data)
      FROM gone RETURNING 1),
  no_longer_named AS (
    DELETE FROM blob_references r USING gone g WHERE r.position = g.position)
  SELECT count(*) FROM left_over`;
