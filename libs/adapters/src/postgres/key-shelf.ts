import type { KeyShelf, StoredKey } from '../crypto/data-keys.ts';
import type { Database } from './database.ts';

/** Wrapped data keys in PostgreSQL. An erased one keeps its row without its bytes; backups keep it as long as they live. */
export class PostgresKeyShelf implements KeyShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(namespace: string, generation?: number): Promise<StoredKey | undefined> {
    const rows = await this.#database.rows('reading a data key', {
      text: `SELECT generation, wrapped FROM data_keys
        WHERE namespace = $1 AND ($2::int IS NULL OR generation = $2) ORDER BY generation DESC LIMIT 1`,
      values: [namespace, generation ?? null],
    });
    const [row] = rows as [number, Buffer | null][];
    return row && { generation: row[0], wrapped: row[1] ?? undefined };
  }

  async add(namespace: string, key: { generation: number; wrapped: Uint8Array }): Promise<void> {
    await this.#database.rows('adding a data key', {
      text: 'INSERT INTO data_keys (namespace, generation, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      values: [namespace, key.generation, Buffer.from(key.wrapped)],
    });
  }

  async erase(namespace: string): Promise<void> {
    const text = 'UPDATE data_keys SET wrapped = NULL WHERE namespace = $1';
    await this.#database.rows('erasing data keys', { text, values: [namespace] });
  }
}
