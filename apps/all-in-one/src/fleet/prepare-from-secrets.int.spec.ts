import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@skerry/adapters/postgres/database';
import { startTestPostgresServer } from '@skerry/testing/infra/infra';
import type { TestPostgresServer } from '@skerry/testing/infra/test-servers';
import { FleetSecrets } from './fleet-secrets.ts';
import { prepareFromSecrets } from './prepare-from-secrets.ts';

let folder: string;
let server: TestPostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-fleets-'));
  server = await startTestPostgresServer({ dir: join(folder, 'postgres'), durable: false });
}, 60_000);
afterAll(async () => {
  await server?.discard();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const urlOf = (database: string): string => server.url.replace(/\/[^/]*$/, `/${database}`);
const query = async (url: string, text: string): Promise<unknown[][]> => {
  const database = new Database({ connectionString: url, maxConnections: 1 });
  try {
    return await database.rows('testing', { text });
  } finally {
    await database.close();
  }
};

/** A fleet with secrets and a database of its own on the one server. */
const newFleet = async (
  name: string,
): Promise<{ prepare: () => Promise<unknown>; relayWorks: () => Promise<unknown> }> => {
  const dir = join(folder, name);
  const databaseUrl = new URL(urlOf(name));
  [databaseUrl.username, databaseUrl.password] = ['', ''];
  await FleetSecrets.make({ dir, databaseUrl: databaseUrl.href });
  await query(server.url, `CREATE DATABASE ${name}`);
  return {
    prepare: () => prepareFromSecrets({ folder: dir, connectionString: urlOf(name) }),
    relayWorks: () => query(readFileSync(join(dir, 'relay', 'database-url'), 'utf8'), 'SELECT fleet FROM skerry.store'),
  };
};

describe('a second fleet on one PostgreSQL server', () => {
  it('is refused by the name of the first one, whose services still get in, until that one is dropped', async () => {
    const [first, second] = [await newFleet('one'), await newFleet('two')];
    await first.prepare();
    await first.prepare();
    await expect(second.prepare()).rejects.toMatchObject({
      code: 'roles-in-use',
      message: expect.stringMatching(/store in database one, and database two is another/),
    });
    expect(await first.relayWorks()).toEqual([['fleet']]);
    expect(await query(urlOf('two'), "SELECT to_regnamespace('skerry')")).toEqual([[null]]);
    await query(server.url, 'DROP DATABASE one WITH (FORCE)');
    await second.prepare();
    expect(await second.relayWorks()).toEqual([['fleet']]);
  });
});
