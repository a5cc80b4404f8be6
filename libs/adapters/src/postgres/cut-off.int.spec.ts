import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TransientFailure } from '@skerry/kernel/errors';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { FaultProxy } from '@skerry/testing/infra/fault-proxy';
import { openPostgresStore, type PostgresStore } from './store.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

const ANSWER_WITHIN_MS = 3_000;

describe('a PostgreSQL that is cut off without a word', () => {
  let postgres: TestPostgres;
  let line: FaultProxy;
  let store: PostgresStore;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    const { connectionString } = await postgres.openStore();
    const url = new URL(connectionString);
    const port = Number(url.port);
    line = await FaultProxy.open(() => [port]);
    url.hostname = '127.0.0.1';
    url.port = String(line.port);
    store = await openPostgresStore({ connectionString: url.href, answerWithinMs: ANSWER_WITHIN_MS });
  }, 60_000);
  afterAll(async () => {
    await store?.close();
    await line?.close();
    await postgres?.stop();
  }, 30_000);

  it('fails what is asked of it as transient, and is asked over another connection as soon as it is back', async () => {
    const request = appendOf([eventOf('scale-a')]);
    const lease = { name: 'replicas', holder: 'a', ttlMs: 3_000 };
    // connections of each kind, which will hang
    const warm = [
      store.events.append(appendOf([eventOf('scale-b')])),
      store.events.head(),
      store.leases.acquire(lease),
    ];
    await Promise.all(warm);
    const opened = line.opened;
    line.cut('both');
    const asked = [store.events.append(request), store.events.head(), store.leases.acquire(lease)];
    for (const one of await Promise.allSettled(asked))
      expect([one.status, (one as PromiseRejectedResult).reason]).toEqual(['rejected', expect.any(TransientFailure)]);
    line.mend();
    expect(line.opened).toBe(opened);
    const outcome = await store.events.append(request);
    expect(['appended', 'already-there']).toContain(outcome.kind);
    expect(await store.leases.acquire(lease)).toMatchObject({ name: 'replicas' });
    expect(line.opened).toBeGreaterThanOrEqual(opened + 2); // one for appends, one for what is read
  }, 30_000);
});
