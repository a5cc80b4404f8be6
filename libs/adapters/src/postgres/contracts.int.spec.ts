import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { blobsContract } from '@skerry/testing/contracts/blobs-contract';
import { eventStoreContract } from '@skerry/testing/contracts/event-store-contract';
import { keysContract } from '@skerry/testing/contracts/keys-contract';
import { leaseContract } from '@skerry/testing/contracts/lease-contract';
import { snapshotsContract } from '@skerry/testing/contracts/snapshots-contract';
import { query, startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

let postgres: TestPostgres;
beforeAll(async () => void (postgres = await startTestPostgres()), 60_000);
afterAll(() => postgres.stop(), 30_000);

describe('the event store in PostgreSQL', () => {
  eventStoreContract(async () => {
    const { events, leases, close } = (await postgres.openStore()).store;
    return { events, leases, close };
  });
});

describe('snapshots in PostgreSQL', () => {
  snapshotsContract(async () => (await postgres.openStore()).store);
});

describe('keys in PostgreSQL', () => {
  keysContract(async () => (await postgres.openStore()).store);
});

describe('blobs in PostgreSQL', () => {
  blobsContract(async () => {
    const { store, connectionString } = await postgres.openStore();
    const bytesOf = (id: string) => query(connectionString, `SELECT bytes FROM blobs WHERE id = '${id}'`);
    return {
      ...store,
      stored: async (id) => (await bytesOf(id))[0]?.['bytes'] as Uint8Array | undefined,
      spoil: async (id) => {
        const last = 'octet_length(bytes) - 1';
        const spoilt = `set_byte(bytes, ${last}, get_byte(bytes, ${last}) # 1)`;
        await query(connectionString, `UPDATE blobs SET bytes = ${spoilt} WHERE id = '${id}'`);
      },
    };
  });
});

describe('leases in PostgreSQL', () => {
  leaseContract(async () => ({ ...(await postgres.openStore()).store, pass: (ms) => pass(ms) }));
});
