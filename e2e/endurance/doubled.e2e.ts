import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@skerry/adapters/postgres/database';
import { openPostgresStore } from '@skerry/adapters/postgres/store';
import { type Postgres, startPostgres } from '@skerry/local/postgres';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { doubledIn } from './doubled.ts';

let folder: string;
let postgres: Postgres;
let owner: Database;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-doubled-')));
  postgres = await startPostgres({ dir: join(folder, 'postgres'), durable: false });
  const store = await openPostgresStore({ connectionString: postgres.url, masterKeyPath: join(folder, 'master.key') });
  for (const uid of ['a', 'b', 'a', 'a']) await store.events.append(appendOf([eventOf(`manifest-${uid}`, { uid })]));
  await store.close();
  owner = new Database({ connectionString: postgres.url, maxConnections: 1 });
  // as the gateway writes: each command is named in its event
  await owner.rows('naming commands', { text: 'UPDATE events SET correlation_id = event_id::text' });
}, 60_000);
afterAll(async () => {
  await owner?.close();
  await postgres?.discard();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** What is found while the rows are changed so, by somebody who may; then they are as before. */
const foundAfter = async (change: string): Promise<string[]> => {
  await owner.rows('keeping the rows', { text: 'CREATE TABLE kept AS SELECT * FROM events' });
  try {
    await owner.rows('changing the rows', { text: change });
    return (await doubledIn(postgres.url)).findings.map((line) => line.split(':')[0]!);
  } finally {
    await owner.rows('taking it back', { text: 'DELETE FROM events' });
    await owner.rows('taking it back', { text: 'INSERT INTO events SELECT * FROM kept' });
    await owner.rows('taking it back', { text: 'DROP TABLE kept' });
  }
};

describe('what the store is asked after an endurance run', () => {
  it('finds nothing in what the store wrote itself', async () => {
    expect(await doubledIn(postgres.url)).toEqual({ findings: [], events: 4 });
  });

  it.each([
    [
      'an event that is there twice',
      `INSERT INTO events SELECT e.position + 4, version, channel_prev, recorded_at, event_id, incarnation, category, channel,
         stream, type, namespace, uid, cluster, fleet, site, actor, correlation_id, causation_id, traceparent,
         previous_hash, data FROM events e WHERE position = 1`,
      ['versions of a stream that two events have', 'event ids that two events have'],
    ],
    [
      'an event that is gone',
      'DELETE FROM events WHERE position = 3',
      [
        'streams whose versions have a hole',
        'positions that are missing',
        'commands whose key does not lead to their event',
      ],
    ],
    [
      'a command that was done twice',
      `UPDATE events SET actor = 'user:admin', correlation_id = 'one' WHERE position IN (1, 2)`,
      ['commands of a client that changed more than one thing'],
    ],
    [
      'an event behind the wrong one of its channel',
      'UPDATE events SET channel_prev = channel_prev + 1 WHERE position = 4',
      ['events whose place in their channel is not behind the one before'],
    ],
  ])('finds %s', async (_what, change, findings) => {
    expect(await foundAfter(change)).toEqual(expect.arrayContaining(findings));
  });
});
