import type { BlobShelf } from '../crypto/content-blobs.ts';
import type { Database } from './database.ts';

/** Bytes of blobs in PostgreSQL. */
export class PostgresBlobShelf implements BlobShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(id: string, bytes: Uint8Array): Promise<void> {
    await this.#database.rows('putting a blob', {
      text: 'INSERT INTO blobs (id, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      values: [id, Buffer.from(bytes)],
    });
  }

  async get(id: string): Promise<Uint8Array | undefined> {
    const text = 'SELECT bytes FROM blobs WHERE id = $1';
    const rows = await this.#database.rows('getting a blob', { text, values: [id], name: 'get-blob' });
    return rows[0]?.[0] as Buffer | undefined;
  }
}
