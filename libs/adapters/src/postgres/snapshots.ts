import type { Checkpoint, LoadedSnapshot, SnapshotChange, Snapshots } from '@skerry/ports/snapshots/snapshots';
import type pg from 'pg';
import { byteaArray, textArray } from './binary-array.ts';
import type { Database } from './database.ts';
import { failureOf } from './failures.ts';

const PAGE_ROWS = 1_000;
/** Keeps a change of any size below PostgreSQL's limit of 1 GiB per message, and below what the server likes to hold. */
const MAX_STATEMENT_BYTES = 8 * 1024 * 1024;

/** Snapshots in PostgreSQL. A load holds a connection until its rows are read or the loop over them is left. */
export class PostgresSnapshots implements Snapshots {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(change: SnapshotChange): Promise<void> {
    const { consumer, schema, checkpoint } = change;
    await this.#database.transaction(`saving the snapshot of ${consumer}`, async (client) => {
      const { rows } = await client.query('SELECT schema FROM checkpoints WHERE consumer = $1 FOR UPDATE', [consumer]);
      if (rows[0] && rows[0].schema !== schema)
        await client.query('DELETE FROM snapshots WHERE consumer = $1', [consumer]);
      await client.query(
        `INSERT INTO checkpoints (consumer, schema, incarnation, through, channels) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (consumer) DO UPDATE SET schema = excluded.schema, incarnation = excluded.incarnation,
            through = excluded.through, channels = excluded.channels`,
        [consumer, schema, checkpoint.incarnation, checkpoint.through, JSON.stringify(checkpoint.channels)],
      );
      if (change.deletes.length > 0) {
        const values = [consumer, textArray(change.deletes)];
        await client.query('DELETE FROM snapshots WHERE consumer = $1 AND key = ANY($2::text[])', values);
      }
      for (const part of partsOf(change.upserts)) await upsert(client, { consumer, part });
    });
  }

  async load(consumer: string, schema: number): Promise<LoadedSnapshot | undefined> {
    const client = await this.#database.connect();
    try {
      // One snapshot of the database for the checkpoint and all pages, whatever is saved meanwhile.
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const text = 'SELECT incarnation, through, channels FROM checkpoints WHERE consumer = $1 AND schema = $2';
      const { rows } = await client.query(text, [consumer, schema]);
      if (rows[0]) return { checkpoint: rows[0] as Checkpoint, rows: pagesOf(client, consumer) };
      await client.query('COMMIT');
      client.release();
      return undefined;
    } catch (error) {
      client.release(true);
      throw failureOf(error, `loading the snapshot of ${consumer}`);
    }
  }

  async drop(consumer: string): Promise<void> {
    await this.#database.transaction(`dropping the snapshot of ${consumer}`, async (client) => {
      await client.query('DELETE FROM checkpoints WHERE consumer = $1', [consumer]);
      await client.query('DELETE FROM snapshots WHERE consumer = $1', [consumer]);
    });
  }
}

type Rows = SnapshotChange['upserts'];

/** The last state of each key (one statement may not upsert a row twice), in parts of a bounded size. */
function* partsOf(upserts: Rows): Generator<Rows> {
  let part: Rows[number][] = [];
  let bytes = 0;
  for (const row of new Map(upserts.map((each) => [each.key, each])).values()) {
    part.push(row);
    bytes += row.state.byteLength;
    if (bytes < MAX_STATEMENT_BYTES) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

const upsert = async (client: pg.PoolClient, { consumer, part }: { consumer: string; part: Rows }): Promise<void> => {
  await client.query(
    `INSERT INTO snapshots (consumer, key, state) SELECT $1, r.key, r.state FROM unnest($2::text[], $3::bytea[]) AS r(key, state)
      ON CONFLICT (consumer, key) DO UPDATE SET state = excluded.state`,
    [consumer, textArray(part.map(({ key }) => key)), byteaArray(part.map(({ state }) => state))],
  );
};

async function* pagesOf(client: pg.PoolClient, consumer: string): LoadedSnapshot['rows'] {
  let [finished, after] = [false, ''];
  try {
    const text = 'SELECT key, state FROM snapshots WHERE consumer = $1 AND key > $2 ORDER BY key LIMIT $3';
    for (;;) {
      const { rows } = await client.query(text, [consumer, after, PAGE_ROWS]);
      yield* rows as { key: string; state: Uint8Array }[];
      if (rows.length < PAGE_ROWS) break;
      after = rows.at(-1).key;
    }
    await client.query('COMMIT');
    finished = true;
  } catch (error) {
    throw failureOf(error, `loading the snapshot of ${consumer}`);
  } finally {
    // Left early or broken: the connection is closed, and the transaction with it.
    client.release(!finished);
  }
}
