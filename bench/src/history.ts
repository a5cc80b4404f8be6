import { join } from 'node:path';
import { Database } from '@skerry/adapters/postgres/database';
import { openPostgresStore } from '@skerry/adapters/postgres/store';
import { connectHub } from '@skerry/all-in-one/up/platform';
import { startNats } from '@skerry/local/nats';
import { startPostgres } from '@skerry/local/postgres';
import { partitionOf } from '@skerry/ports/event-store/event-store';
import { workloadSeed } from './seeds.ts';
import { percentile } from './visible.ts';

const OBJECTS = 2_000;
const BATCH = 200;
const CALLERS = 8;
const META = { actor: 'bench', correlationId: 'bench', causationId: 'bench', traceparent: '' };
const READS = 20;

export interface HistoryFigures {
  /** from nothing to a hub that answers and decides */
  readonly startSeconds: number;
  /** all 2,000 objects as they were half a year ago, by the API */
  readonly listMs: number;
  /** one object's history, by the API */
  readonly historyMs: number;
  readonly bytesPerEvent: number;
  readonly appendsPerSecond: number;
}

/** A store with a year's events: so many revisions of 2,000 objects, 450 bytes each. */
export const measureHistory = async (dir: string, { events }: { events: number }): Promise<HistoryFigures> => {
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  const nats = await startNats({ dir: join(dir, 'nats') });
  try {
    const { bytesPerEvent, appendsPerSecond } = await fill({ url: postgres.url, dir, events });
    const startMs = performance.now();
    const place = { dir: join(dir, 'state'), databaseUrl: postgres.url, nats, logLevel: 'warn' };
    const hub = await connectHub(place);
    while (!hub.hub.ready()) await new Promise((resolve) => setTimeout(resolve, 10));
    const startSeconds = (performance.now() - startMs) / 1_000;
    try {
      const at = Math.round(events / 2);
      const path = `/apis/apps/v1/namespaces/decisions/deployments`;
      const listMs = await median(() =>
        hub.api.call('GET', `${path}?resourceVersion=${at}&resourceVersionMatch=Exact`),
      );
      const historyMs = await median((index) =>
        hub.api.call('GET', `/skerry/v1/history/apps/deployments/decisions/w-${index}`),
      );
      return { startSeconds, listMs, historyMs, bytesPerEvent, appendsPerSecond };
    } finally {
      await hub.stop();
    }
  } finally {
    await nats.stop();
    await postgres.discard();
  }
};

const fill = async ({ url, dir, events }: { url: string; dir: string; events: number }) => {
  const store = await openPostgresStore({
    connectionString: url,
    masterKeyPath: join(dir, 'state', 'hub', 'master.key'),
  });
  const database = new Database({ connectionString: url, maxConnections: 1 });
  const sizeBytes = async (): Promise<number> =>
    Number((await database.rows('size', { text: 'SELECT pg_database_size(current_database())' }))[0]![0]);
  try {
    const before = await sizeBytes();
    const startMs = performance.now();
    let next = 0;
    const caller = async (): Promise<void> => {
      for (let batch = next++; batch * BATCH < events; batch = next++) {
        const seeds = Array.from({ length: BATCH }, (_, index) => workloadSeed((batch * BATCH + index) % OBJECTS));
        const rows = seeds.map((seed) => ({ ...seed, partition: partitionOf(seed.uid), cluster: '' }));
        const outcome = await store.events.append({
          commandId: `history/${batch}`,
          events: rows,
          expected: [],
          meta: META,
        });
        if (outcome.kind !== 'appended') throw new Error(`append ended ${outcome.kind}`);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const seconds = (performance.now() - startMs) / 1_000;
    return { bytesPerEvent: ((await sizeBytes()) - before) / events, appendsPerSecond: events / seconds };
  } finally {
    await database.close();
    await store.close();
  }
};

const median = async (ask: (index: number) => Promise<{ status: number }>): Promise<number> => {
  const times: number[] = [];
  for (let index = 0; index < READS; index += 1) {
    const startMs = performance.now();
    const { status } = await ask(index);
    if (status !== 200) throw new Error(`the hub answered ${status}`);
    times.push(performance.now() - startMs);
  }
  return percentile(
    times.sort((a, b) => a - b),
    0.5,
  );
};
