import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgresServer } from '@skerry/testing/infra/infra';
import type { TestPostgresServer } from '@skerry/testing/infra/test-servers';
import pg from 'pg';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from './store.ts';

/** A real PostgreSQL for one spec file, with a fresh database for whoever asks. */
export interface TestPostgres {
  readonly server: TestPostgresServer;
  readonly folder: string;
  /** connection string of a new, empty database */
  createDatabase(): Promise<string>;
  openStore(options?: Partial<PostgresStoreOptions>): Promise<{ store: PostgresStore; connectionString: string }>;
  stop(): Promise<void>;
}

export const startTestPostgres = async (options: { durable?: boolean } = {}): Promise<TestPostgres> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-store-')));
  const server = await startTestPostgresServer({ dir: join(folder, 'postgres'), durable: options.durable ?? false });
  let databases = 0;
  const createDatabase = async (): Promise<string> => {
    const name = `test_${++databases}`;
    await query(server.url, `CREATE DATABASE ${name}`);
    return server.url.replace(/\/[^/]*$/, `/${name}`);
  };
  return {
    server,
    folder,
    createDatabase,
    openStore: async (more = {}) => {
      const connectionString = more.connectionString ?? (await createDatabase());
      const masterKeyPath = join(folder, 'master.key');
      return { store: await openPostgresStore({ masterKeyPath, ...more, connectionString }), connectionString };
    },
    stop: async () => {
      await server.discard();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** One statement on a connection of its own. */
export const query = async (connectionString: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString, options: '-c search_path=skerry' });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};
