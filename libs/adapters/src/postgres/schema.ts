import { TerminalFailure } from '@skerry/kernel/errors';
import type pg from 'pg';
import type { Database } from './database.ts';
import { SCHEMA_LOCK } from './locks.ts';
import { type Migration, migrations } from './migrations/index.ts';

const DEFAULT_PARTITION_SIZE = 2_000_000;

export interface SchemaOptions {
  readonly fleet: string;
  readonly site: string;
  /** positions per partition of a store that is made now; a store keeps what it was made with */
  readonly partitionSize?: number;
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the schema to what this program knows, in one transaction under a lock; a store that is new is made, with its
 * incarnation. Throws TerminalFailure `schema-too-new` for a store that a newer program has changed, and `wrong-fleet`.
 */
export const migrate = async (owner: Database, options: SchemaOptions): Promise<void> => {
  const known = options.migrations ?? migrations;
  await owner.transaction('preparing the store', async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`);
    await client.query('CREATE SCHEMA IF NOT EXISTS skerry');
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_versions (version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const found = await schemaVersion(client);
    refuseNewer(found, known.at(-1)!.version);
    for (const { version, name, sql } of known.filter((migration) => migration.version > found)) {
      await client.query(sql);
      await client.query('INSERT INTO schema_versions (version, name) VALUES ($1, $2)', [version, name]);
    }
    await prepareStore(client, options);
  });
};

/** For a login that may not change the schema: throws unless the schema is exactly what this program knows. */
export const requireSchema = async (database: Database): Promise<void> => {
  const known = migrations.at(-1)!.version;
  const found = await database.transaction('reading the schema version', schemaVersion);
  refuseNewer(found, known);
  if (found < known) {
    throw new TerminalFailure(
      `the store has schema ${found}, this program needs ${known}: start one service with the owner's connection first`,
      { code: 'schema-too-old' },
    );
  }
};

const refuseNewer = (found: number, known: number): void => {
  if (found <= known) return;
  throw new TerminalFailure(
    `the store has schema ${found}, this program knows up to ${known}: use the version of Skerry that last ran on it, or a newer one`,
    { code: 'schema-too-new' },
  );
};

const schemaVersion = async (client: pg.PoolClient): Promise<number> => {
  const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM schema_versions');
  return rows[0].version as number;
};

const prepareStore = async (client: pg.PoolClient, options: SchemaOptions): Promise<void> => {
  const { fleet, site, partitionSize = DEFAULT_PARTITION_SIZE } = options;
  const made = await client.query(
    'INSERT INTO store (fleet, site, partition_size) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [fleet, site, partitionSize],
  );
  if (made.rowCount === 1) {
    await client.query('INSERT INTO head (position, partitions_until) VALUES (0, 0)');
    await client.query('SELECT add_partition()');
    return;
  }
  const { rows } = await client.query('SELECT fleet, site FROM store');
  if (rows[0].fleet === fleet && rows[0].site === site) return;
  throw new TerminalFailure(
    `the store belongs to fleet ${rows[0].fleet} at site ${rows[0].site}, not to fleet ${fleet} at site ${site}`,
    { code: 'wrong-fleet' },
  );
};
