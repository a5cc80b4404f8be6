import type { BlobShelf } from '../crypto/content-blobs.ts';
import type { Database } from './database.ts';

/**
 * A body that is put is about to be named by an event, so a condemnation is lifted. Both wait for a run that is just
 * removing the blob, and then put it anew. One that is not condemned, as nearly all, costs no write.
 */
export const PUT_BLOB = `INSERT INTO blobs AS b (id, bytes) VALUES ($1, $2)
  ON CONFLICT (id) DO UPDATE SET condemned_at = NULL WHERE b.condemned_at IS NOT NULL`;

/** Bytes of blobs in PostgreSQL. */
export class PostgresBlobShelf implements BlobShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(id: string, bytes: Uint8Array): Promise<void> {
    await this.#database.rows('putting a blob', { text: PUT_BLOB, values: [id, Buffer.from(bytes)] });
  }

  async get(id: string): Promise<Uint8Array | undefined> {
    const text = 'SELECT bytes FROM blobs WHERE id = $1';
    const rows = await this.#database.rows('getting a blob', { text, values: [id], name: 'get-blob' });
    return rows[0]?.[0] as Buffer | undefined;
  }
}
