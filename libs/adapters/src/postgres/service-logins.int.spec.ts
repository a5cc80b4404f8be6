import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { infraOf } from '@skerry/testing/infra/infra';
import { prepareStore, setServiceLogins } from './prepare-store.ts';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

let postgres: TestPostgres;
beforeAll(async () => void (postgres = await startTestPostgres()), 60_000);
afterAll(() => postgres.stop(), 30_000);

/** A new database with a store in it. */
const makeStore = async (): Promise<string> => {
  const { store, connectionString } = await postgres.openStore();
  await store.close();
  return connectionString;
};
const loginOf = (connectionString: string, password: string): string =>
  connectionString.replace(/\/\/[^/]*@/, `//skerry_relay:${encodeURIComponent(password)}@`);

// A container's log is not a file here.
const hasLog = infraOf(process.env) === 'local';
const itWithLog = hasLog ? it : it.skip;
if (!hasLog) process.stderr.write("what PostgreSQL logs is not read: a container's log is not a file here\n");

describe('the login of a service', () => {
  itWithLog.each(['s3cret-of-the-relay', "it's\\a 'quoted' one", 'gehe\u00ADim\u00A0ﬁx'])(
    'works, and the log of a server that logs such statements does not hold its password (%j)',
    async (password) => {
      const connectionString = await makeStore();
      await query(connectionString, "ALTER SYSTEM SET log_statement = 'all'");
      await query(connectionString, 'SELECT pg_reload_conf()');
      await setServiceLogins(connectionString, new Map([['skerry_relay', password]]));
      expect(await query(loginOf(connectionString, password), 'SELECT session_user')).toEqual([
        { session_user: 'skerry_relay' },
      ]);
      await query(connectionString, 'ALTER SYSTEM RESET log_statement');
      await query(connectionString, 'SELECT pg_reload_conf()');
      const log = readFileSync(join(postgres.folder, 'postgres', 'postgres.log'), 'utf8');
      const ofRoles = log.split('\n').filter((line) => /ALTER ROLE|Parameters/.test(line));
      expect(ofRoles.join('\n')).toContain('ALTER ROLE skerry_relay LOGIN PASSWORD');
      const plain = ofRoles.map((line) => line.replaceAll("''", "'").replaceAll('\\\\', '\\'));
      expect(plain.filter((line) => line.includes(password))).toEqual([]);
    },
  );

  it('is set as often as somebody likes, also at once, and the last password counts', async () => {
    const connectionString = await makeStore();
    const set = (password: string) => setServiceLogins(connectionString, new Map([['skerry_relay', password]]));
    await Promise.all(['a', 'b', 'c', 'd'].map(set));
    await set('e');
    expect(await query(loginOf(connectionString, 'e'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(query(loginOf(connectionString, 'a'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('whoever prepares a store', () => {
  it('needs the right to create roles, also on a server where the roles are there already', async () => {
    await makeStore();
    const connectionString = await postgres.createDatabase();
    const [{ name }] = (await query(connectionString, 'SELECT current_database() AS name')) as [{ name: string }];
    await query(connectionString, "CREATE ROLE plain LOGIN PASSWORD 'x'");
    await query(connectionString, `ALTER DATABASE ${name} OWNER TO plain`);
    const login = connectionString.replace(/\/\/[^/]*@/, '//plain:x@');
    await expect(prepareStore({ connectionString: login })).rejects.toMatchObject({ code: 'not-allowed' });
  });
});
