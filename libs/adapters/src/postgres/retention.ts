import type { Category } from '@skerry/ports/event-store/event-store';
import { Database } from './database.ts';

/** Categories of which only the last row per stream is kept; all others are kept for ever. */
export const LATEST_PER_STREAM: readonly Category[] = ['desired', 'observed', 'inspection'];

export interface RetentionOptions {
  /** a login that is a member of role `skerry_retention`; no service has it */
  readonly connectionString: string;
  /** rows younger than this stay, default 30 days */
  readonly olderThanMs?: number;
  /** positions looked at per transaction, default 20,000 */
  readonly rangeSize?: number;
}

/**
 * Removes rows of `desired`, `observed` and `inspection` that are old and not the last of their stream, range by range;
 * what is left of them is position, channel and hash. Answers how many rows went. Safe beside appends and reads.
 */
export const runRetention = async (options: RetentionOptions): Promise<number> => {
  const { connectionString, olderThanMs = 30 * 24 * 3_600_000, rangeSize = 20_000 } = options;
  const database = new Database({ connectionString, role: 'skerry_retention', maxConnections: 1 });
  try {
    const [head] = await database.rows('reading the head', { text: 'SELECT position FROM head' });
    let gone = 0;
    for (let after = 0; after < (head![0] as number); after += rangeSize) {
      const values = [after, after + rangeSize, LATEST_PER_STREAM, olderThanMs];
      const [row] = await database.rows('compacting events', { text: COMPACT, values });
      gone += row![0] as number;
    }
    return gone;
  } finally {
    await database.close();
  }
};

/** One statement: a row and what it leaves are never both there, nor both gone. */
const COMPACT = `
  WITH gone AS (
    DELETE FROM events e USING streams s
      WHERE e.position > $1 AND e.position <= $2 AND e.category = ANY($3)
        AND e.recorded_at < clock_timestamp() - $4::float8 * interval '1 millisecond'
        AND s.stream = e.stream AND s.position > e.position
      RETURNING e.position, e.channel, e.channel_prev, e.previous_hash, e.event_id, e.type, e.data),
  left_over AS (
    INSERT INTO compacted (position, channel, channel_prev, previous_hash, hash)
      SELECT position, channel, channel_prev, previous_hash, row_hash(previous_hash, channel_prev, event_id, type, data)
      FROM gone RETURNING 1)
  SELECT count(*) FROM left_over`;
