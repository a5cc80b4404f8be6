import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TransientFailure } from '@skerry/kernel/errors';
import type { AppendOutcome } from '@skerry/ports/event-store/event-store';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { crashRequest } from './crash-requests.spec-support.ts';
import type { PostgresStore } from './store.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.spec-support.ts';

const ROUNDS = 10;

let postgres: TestPostgres;
// Durable: what is killed here must have reached the disk.
beforeAll(async () => void (postgres = await startTestPostgres({ durable: true })), 60_000);
afterAll(() => postgres.stop(), 30_000);

/** What the callers know: commands that were sent, and those that were acknowledged, with their first position. */
interface Log {
  readonly sent: Set<string>;
  readonly acknowledged: Map<string, number>;
}

const firstPosition = (outcome: AppendOutcome): number =>
  outcome.kind === 'appended' || outcome.kind === 'already-there' ? outcome.events[0]!.position : -1;

/** Every acknowledged event is there; every command repeated is there once; repeated again, nothing changes. */
const checkLog = async (store: PostgresStore, log: Log): Promise<void> => {
  for (const [command, position] of log.acknowledged) {
    const { events } = await store.events.read({ after: position - 1, limit: 3 });
    expect(events.map(({ stream }) => stream)).toEqual([`placement-${command}`, 'scale-shared', 'scale-shared']);
  }
  const repeat = (): Promise<AppendOutcome[]> =>
    Promise.all([...log.sent].map((command) => store.events.append(crashRequest(command))));
  const first = await repeat();
  const { position } = await store.events.head();
  const second = await repeat();
  expect(second.map(({ kind }) => kind)).toEqual(second.map(() => 'already-there'));
  expect(second.map(firstPosition)).toEqual(first.map(firstPosition));
  [...log.sent].forEach((command, index) => {
    const known = log.acknowledged.get(command);
    if (known !== undefined) expect([command, firstPosition(first[index]!)]).toEqual([command, known]);
  });
  expect((await store.events.head()).position).toBe(position);
  expect(position).toBe(log.sent.size * 3);
};

describe('SIGKILL in the middle of appends', () => {
  it(`${ROUNDS} times to the writer: every acknowledged event is there, every command repeated changes nothing`, async () => {
    const { store, connectionString } = await postgres.openStore();
    const log: Log = { sent: new Set(), acknowledged: new Map() };
    for (let round = 0; round < ROUNDS; round++) {
      const before = log.acknowledged.size;
      const file = join(import.meta.dirname, 'crash-writer.spec-support.ts');
      const argv = ['--conditions=source', file, connectionString, join(postgres.folder, 'master.key'), `w${round}`];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = new Promise((resolve) => child.once('close', resolve));
      createInterface({ input: child.stdout }).on('line', (line) => note(line, log));
      const enough = before + 50 + round * 37;
      await waitUntil('acknowledged appends', { holds: () => log.acknowledged.size >= enough, deadlineMs: 20_000 });
      child.kill('SIGKILL');
      await closed;
    }
    expect(log.sent.size).toBeGreaterThan(log.acknowledged.size); // else no kill hit an append on its way
    await checkLog(store, log);
    await store.close();
  }, 120_000);

  it(`${ROUNDS} times to PostgreSQL: the same, and the store comes back by itself`, async () => {
    const { store } = await postgres.openStore();
    const log: Log = { sent: new Set(), acknowledged: new Map() };
    const run = { on: true, lost: 0 };
    const callers = Array.from({ length: 16 }, (_, caller) => appendThroughCrashes({ store, log, run, caller }));
    for (let round = 0; round < ROUNDS; round++) {
      const enough = log.acknowledged.size + 50 + round * 37;
      await waitUntil('acknowledged appends', { holds: () => log.acknowledged.size >= enough, deadlineMs: 20_000 });
      await postgres.server.kill();
      await postgres.server.restart();
    }
    run.on = false;
    await Promise.all(callers);
    expect(run.lost).toBeGreaterThan(0); // else no kill hit an append on its way
    expect(log.acknowledged.size).toBe(log.sent.size);
    await checkLog(store, log);
    await store.close();
  }, 120_000);
});

const note = (line: string, log: Log): void => {
  const [what, command, position] = line.split(' ');
  if (what === 'sent') log.sent.add(command!);
  else if (what === 'done') log.acknowledged.set(command!, Number(position));
  else throw new Error(`the writer said: ${line}`);
};

const appendThroughCrashes = async (options: {
  store: PostgresStore;
  log: Log;
  run: { on: boolean; lost: number };
  caller: number;
}): Promise<void> => {
  const { store, log, run, caller } = options;
  for (let n = 0; run.on; n++) {
    const command = `p-${caller}-${n}`;
    log.sent.add(command);
    while (!log.acknowledged.has(command)) {
      try {
        log.acknowledged.set(command, firstPosition(await store.events.append(crashRequest(command))));
      } catch (error) {
        if (!(error instanceof TransientFailure)) throw error;
        run.lost++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
};
