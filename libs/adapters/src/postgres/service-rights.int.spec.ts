import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { SERVICE_RIGHTS } from './migrations/0006-service-rights.ts';
import { setServiceLogins } from './prepare-store.ts';
import { openPostgresStore, type PostgresStore } from './store.ts';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

const NOT_ALLOWED = { code: 'not-allowed' };
const PASSWORD = "it's a secret";

let postgres: TestPostgres;
let owner: PostgresStore;
let connectionString: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  ({ store: owner, connectionString } = await postgres.openStore());
  await setServiceLogins(connectionString, new Map(SERVICE_RIGHTS.map(({ role }) => [role, PASSWORD])));
}, 60_000);
afterAll(async () => {
  await owner.close();
  await postgres.stop();
}, 30_000);

const loginOf = (role: string): string =>
  connectionString.replace(/\/\/[^/]*@/, `//${role}:${encodeURIComponent(PASSWORD)}@`);

const openAs = (role: string): Promise<PostgresStore> =>
  openPostgresStore({
    connectionString: loginOf(role),
    ownerConnectionString: false,
    role,
    ...(role === 'skerry_gateway' && { masterKeyPath: join(postgres.folder, 'master.key') }),
  });

const asService = async <T>(role: string, work: (store: PostgresStore) => Promise<T>): Promise<T> => {
  const store = await openAs(role);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

const CATEGORIES = ['manifest', 'cluster', 'observed', 'selection', 'placement', 'rollout', 'desired', 'scale'];
let names = 0;
const appendTo = (category: string) => appendOf([eventOf(`${category}-${++names}`)]);

describe.each(SERVICE_RIGHTS)('the login $role', ({ role, categories, leases }) => {
  it(`appends to ${categories.join(' and ') || 'nothing'}, and to no other category`, async () => {
    await asService(role, async ({ events }) => {
      for (const category of CATEGORIES) {
        const appending = events.append(appendTo(category));
        if (categories.includes(category)) expect(await appending).toMatchObject({ kind: 'appended' });
        else await expect(appending).rejects.toMatchObject(NOT_ALLOWED);
      }
    });
  });

  it(`holds ${leases.map((name) => `the lease ${name}`).join(' and ') || 'no lease'}, and no other`, async () => {
    await asService(role, async (store) => {
      for (const name of ['relay', 'clusters', 'replicas', 'rollout', 'elastic']) {
        const acquiring = store.leases.acquire({ name, holder: role, ttlMs: 60_000 });
        if (leases.includes(name)) expect(await acquiring).toMatchObject({ name });
        else await expect(acquiring).rejects.toMatchObject(NOT_ALLOWED);
      }
    });
  });

  it('cannot take on what another service may do', async () => {
    for (const other of ['skerry_service', 'skerry_retention', ...SERVICE_RIGHTS.map((one) => one.role)]) {
      if (other === role) continue;
      await expect(query(loginOf(role), `SET ROLE ${other}`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('changes no row by itself', async () => {
    for (const text of [
      'DELETE FROM events',
      'UPDATE streams SET version = 7',
      'UPDATE service_rights SET role = role',
      "UPDATE leases SET holder = ''",
      'DELETE FROM blobs',
    ]) {
      await expect(query(loginOf(role), text)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

it("writes into no other service's stream, also under a channel of its own", async () => {
  const text = `SELECT * FROM append_batch(false, '{1}', '{""}', '{0}', '{x}', '{x}', '{""}', '{""}', '{}', '{}', '{}',
    '{manifest-victim}', '{selection.0}', '{1}', '{1}', '{1}', ARRAY[gen_random_uuid()], '{X}', '{""}', '{""}', '{""}', '{"\\\\x00"}')`;
  await expect(query(loginOf('skerry_scheduler'), text)).rejects.toMatchObject({
    code: '42501',
    message: 'role skerry_scheduler may not append to manifest-victim',
  });
});

it('a login that is a member of a role but not that role appends nothing', async () => {
  await query(connectionString, `CREATE ROLE skerry_stranger LOGIN PASSWORD 'x' IN ROLE skerry_scheduler`);
  const login = connectionString.replace(/\/\/[^/]*@/, '//skerry_stranger:x@');
  const text = `SELECT * FROM append_batch(false, '{1}', '{""}', '{0}', '{x}', '{x}', '{""}', '{""}', '{}', '{}', '{}',
    '{selection-a}', '{selection.0}', '{1}', '{1}', '{1}', ARRAY[gen_random_uuid()], '{X}', '{""}', '{""}', '{""}', '{"\\\\x00"}')`;
  await expect(query(login, text)).rejects.toMatchObject({ message: 'role skerry_stranger may not append' });
});

it('a leader cannot end the lease of another service', async () => {
  const held = (await owner.leases.acquire({ name: 'elastic', holder: 'one', ttlMs: 60_000 }))!;
  await asService('skerry_rollout', async ({ leases }) => {
    await expect(leases.release(held)).rejects.toMatchObject(NOT_ALLOWED);
    await expect(leases.renew(held, 1)).rejects.toMatchObject(NOT_ALLOWED);
  });
  expect(await owner.leases.renew(held, 60_000)).toBe(true);
});

it('only the gateway opens what is sealed', async () => {
  const ref = await asService('skerry_gateway', ({ blobs }) => blobs.putSealed('shop', Buffer.from('x')));
  const opened = await asService('skerry_gateway', ({ blobs }) => blobs.get(ref));
  expect(Buffer.from(opened).toString()).toBe('x');
  await asService('skerry_rollout', async ({ blobs }) => {
    await expect(blobs.get(ref)).rejects.toMatchObject(NOT_ALLOWED);
  });
  await expect(query(loginOf('skerry_rollout'), 'SELECT * FROM data_keys')).rejects.toMatchObject({ code: '42501' });
  await expect(query(loginOf('skerry_scheduler'), 'SELECT * FROM blobs')).rejects.toMatchObject({ code: '42501' });
});

it('a gateway with another master key than the store was made with does not start', async () => {
  const opening = openPostgresStore({
    connectionString: loginOf('skerry_gateway'),
    ownerConnectionString: false,
    role: 'skerry_gateway',
    masterKeyPath: join(postgres.folder, 'other.key'),
  });
  await expect(opening).rejects.toMatchObject({ code: 'wrong-master-key' });
});
