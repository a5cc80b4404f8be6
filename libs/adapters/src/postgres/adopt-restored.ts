import { Database } from './database.ts';
import { APPEND_LOCK } from './locks.ts';

/** Far above what a lease can have reached since the backup: terms from before the restore stay stale. */
const TERM_STEP = 1_000_000;

/**
 * Declares a store that was restored from a backup to be the truth: it gets a new incarnation, which is returned, and
 * every lease a new term that nobody holds. What else knows the old incarnation must rebuild.
 */
export const adoptRestored = async (options: { connectionString: string }): Promise<string> => {
  const owner = new Database({ connectionString: options.connectionString, maxConnections: 1 });
  try {
    return await owner.transaction('adopting the restored store', async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(${APPEND_LOCK})`);
      await client.query(`UPDATE leases SET term = term + ${TERM_STEP}, expires_at = '-infinity'`);
      const { rows } = await client.query('UPDATE store SET incarnation = gen_random_uuid() RETURNING incarnation');
      return rows[0].incarnation as string;
    });
  } finally {
    await owner.close();
  }
};
