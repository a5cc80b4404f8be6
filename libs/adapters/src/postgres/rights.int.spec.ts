import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import pg from 'pg';
import { adoptRestored } from './adopt-restored.ts';
import { runRetention } from './retention.ts';
import { openPostgresStore } from './store.ts';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

let postgres: TestPostgres;
beforeAll(async () => void (postgres = await startTestPostgres()), 60_000);
afterAll(() => postgres.stop(), 30_000);

const REFUSED = { code: '42501' };

const asRole = async (connectionString: string, { role, text }: { role: string; text: string }): Promise<unknown> => {
  const client = new pg.Client({ connectionString, options: `-c search_path=skerry -c role=${role}` });
  await client.connect();
  try {
    return (await client.query(text)).rowCount;
  } finally {
    await client.end();
  }
};

describe('rights', () => {
  it.each([
    'UPDATE events SET type = type',
    'DELETE FROM events',
    'TRUNCATE events',
    'INSERT INTO events SELECT * FROM events',
    'UPDATE events_0 SET type = type',
    'DELETE FROM events_0',
    'DELETE FROM append_keys',
    'UPDATE streams SET version = 7',
    'UPDATE channels SET head = 7',
    'UPDATE head SET position = 7',
    'DELETE FROM compacted',
    'UPDATE leases SET term = 7',
    'UPDATE blobs SET bytes = bytes',
    'DELETE FROM blobs',
    'DELETE FROM blob_references',
    'UPDATE retention SET aged_through = 7',
    'SELECT partition_ahead()',
    'DROP TABLE events',
  ])('a service cannot %s', async (text) => {
    const { store, connectionString } = await postgres.openStore();
    await store.events.append(appendOf([eventOf('scale-a')]));
    await expect(asRole(connectionString, { role: 'skerry_service', text })).rejects.toMatchObject(REFUSED);
    await store.close();
  });

  it('a login that has only the services role appends and reads, and can do no more', async () => {
    const { store, connectionString } = await postgres.openStore();
    await store.close();
    await query(connectionString, "CREATE ROLE gateway LOGIN PASSWORD 'secret' IN ROLE skerry_service");
    const login = connectionString.replace(/\/\/[^@]*@/, '//gateway:secret@');
    const masterKeyPath = join(postgres.folder, 'master.key');
    const service = await openPostgresStore({ connectionString: login, ownerConnectionString: false, masterKeyPath });
    expect(await service.events.append(appendOf([eventOf('scale-a')]))).toMatchObject({ kind: 'appended' });
    const opened = await service.blobs.get(await service.blobs.putSealed('shop', Buffer.from('x')));
    expect(Buffer.from(opened).toString()).toBe('x');
    await service.close();
    await expect(query(login, 'DELETE FROM events')).rejects.toMatchObject(REFUSED);
    await expect(runRetention({ connectionString: login })).rejects.toMatchObject({ name: expect.any(String) });
    await expect(openPostgresStore({ connectionString: login, masterKeyPath })).rejects.toMatchObject({
      code: 'not-allowed',
    });
  });

  it.each([
    'UPDATE events SET type = type',
    'INSERT INTO events SELECT * FROM events',
    'DELETE FROM compacted',
    'SELECT bytes FROM blobs',
    'INSERT INTO blobs (id, bytes) VALUES (current_user, current_user::bytea)',
    'UPDATE streams SET version = 7',
    'SELECT * FROM data_keys',
  ])('retention cannot %s', async (text) => {
    const { store, connectionString } = await postgres.openStore();
    await expect(asRole(connectionString, { role: 'skerry_retention', text })).rejects.toMatchObject(REFUSED);
    await store.close();
  });
});

describe('the schema', () => {
  it('is made once when several start at once', async () => {
    const connectionString = await postgres.createDatabase();
    const stores = await Promise.all([1, 2, 3, 4].map(() => postgres.openStore({ connectionString })));
    const heads = await Promise.all(stores.map(({ store }) => store.events.head()));
    expect(new Set(heads.map(({ incarnation }) => incarnation)).size).toBe(1);
    await Promise.all(stores.map(({ store }) => store.close()));
  });

  it('of a newer program is refused with a message, and left as it is', async () => {
    const { store, connectionString } = await postgres.openStore();
    await store.close();
    await query(connectionString, "INSERT INTO schema_versions (version, name) VALUES (999, 'later')");
    await expect(postgres.openStore({ connectionString })).rejects.toMatchObject({
      code: 'schema-too-new',
      message: expect.stringMatching(/has schema 999, this program knows up to \d+: use the version of Skerry/),
    });
    expect(await query(connectionString, 'SELECT max(version) FROM schema_versions')).toEqual([{ max: 999 }]);
  });

  it('belongs to one fleet', async () => {
    const { store, connectionString } = await postgres.openStore({ fleet: 'north', site: 'oslo' });
    const events = [{ fleet: 'north', site: 'oslo' }];
    expect(await store.events.append(appendOf([eventOf('scale-a')]))).toMatchObject({ kind: 'appended', events });
    await store.close();
    await expect(postgres.openStore({ connectionString })).rejects.toMatchObject({ code: 'wrong-fleet' });
  });
});

describe('a restored store', () => {
  it('gets a new incarnation, and what held a lease before is stale', async () => {
    const { store, connectionString } = await postgres.openStore();
    const before = await store.events.head();
    const held = (await store.leases.acquire({ name: 'relay', holder: 'one', ttlMs: 60_000 }))!;
    const incarnation = await adoptRestored({ connectionString });
    expect(incarnation).not.toBe(before.incarnation);
    expect((await store.events.head()).incarnation).toBe(incarnation);
    const lease = { name: 'relay', term: held.term };
    expect(await store.events.append(appendOf([eventOf('scale-a')], { lease }))).toMatchObject({ kind: 'stale-lease' });
    expect((await store.leases.acquire({ name: 'relay', holder: 'two', ttlMs: 1_000 }))!.term).toBeGreaterThan(1_000);
    await store.close();
  });
});

describe('the master key', () => {
  it('is refused when others may read its file, with what to do', async () => {
    const masterKeyPath = join(postgres.folder, 'open.key');
    writeFileSync(masterKeyPath, Buffer.alloc(32, 7));
    chmodSync(masterKeyPath, 0o644);
    await expect(postgres.openStore({ masterKeyPath })).rejects.toMatchObject({
      code: 'key-file-open',
      message: expect.stringContaining(`run chmod 600 ${masterKeyPath}`),
    });
  });

  it('is refused when it is not the one that the store was made with', async () => {
    const { store, connectionString } = await postgres.openStore();
    await store.close();
    const masterKeyPath = join(postgres.folder, 'other.key');
    await expect(postgres.openStore({ connectionString, masterKeyPath })).rejects.toMatchObject({
      code: 'wrong-master-key',
    });
  });

  it('is made once when several start at once', async () => {
    const masterKeyPath = join(postgres.folder, 'new', 'master.key');
    const connectionString = await postgres.createDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => postgres.openStore({ connectionString, masterKeyPath })));
    await Promise.all(stores.map(({ store }) => store.close()));
  });
});
