import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Database } from '@skerry/adapters/postgres/database';
import { allArrived, holderAmong, openNamespace } from '../support/attacked-fleet.ts';
import { ChangeStream, notesIn } from '../support/change-stream.ts';
import { eventually } from '../support/fleet.ts';
import { FakeClock, locateFakeTime } from '../support/fake-time.ts';
import { type SeparateFleet, startSeparateFleet } from '../support/separate-fleet.ts';

const NAMESPACE = 'full';
const CLUSTERS = ['north'];

/** Undefined: this machine lets us mount; else why not. */
const refusal = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const probe = mkdtempSync(join(tmpdir(), 'skerry-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'pipe' });
    execFileSync('umount', [probe], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `mount -t tmpfs: ${(error as Error).message.split('\n').at(-1)}`;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
};
const reason = refusal();
if (reason !== undefined) process.stderr.write(`a full disk under the store is not tested here: ${reason}\n`);
const whereAllowed = reason === undefined ? describe : describe.skip;

let fleet: SeparateFleet | undefined;
let changes: ChangeStream | undefined;
let disk: string | undefined;
afterEach(async () => {
  await changes?.stop();
  await fleet?.close();
  if (disk) execFileSync('umount', [disk]);
  if (disk) rmSync(disk, { recursive: true, force: true });
  [fleet, changes, disk] = [undefined, undefined, undefined];
}, 60_000);

/** Until the disk takes no more. */
const fill = (path: string): void => {
  const file = openSync(path, 'w');
  try {
    for (const block = Buffer.alloc(64 * 1024); ;) writeSync(file, block);
  } catch (error) {
    expect((error as { code?: string }).code).toBe('ENOSPC');
  } finally {
    closeSync(file);
  }
};

const begin = async (): Promise<ChangeStream> => {
  await openNamespace(fleet!, NAMESPACE);
  changes = new ChangeStream({ api: fleet!.api, commandOf: notesIn(NAMESPACE, 60), perSecond: 20 });
  return changes;
};
const answered = (stream: ChangeStream, more: number): Promise<unknown> => {
  const before = stream.acknowledged;
  return eventually(`${more} more changes are answered`, async () => stream.acknowledged > before + more);
};

whereAllowed('a store whose disk is full', () => {
  it('refuses changes with a reason; with room again every answered change arrives', async () => {
    disk = mkdtempSync(join(tmpdir(), 'skerry-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=320m,mode=755', 'tmpfs', disk]);
    mkdirSync(join(disk, 'store'), { mode: 0o755 });
    fleet = await startSeparateFleet({
      instances: 1,
      clusters: CLUSTERS,
      postgresDir: join(disk, 'store', 'postgres'),
    });
    const stream = await begin();
    await answered(stream, 20);
    const filler = join(disk, 'filler');
    fill(filler);
    const lost = await eventually('a change is refused', async () => stream.lost.at(-1), 90_000);
    expect(lost.why).toMatch(/503 .*(No space left on device|unable to handle|cannot be reached|recovery|shut)/s);
    rmSync(filler);
    await eventually('PostgreSQL runs', async () => {
      await fleet!.postgres.restart();
      return true;
    });
    await answered(stream, 40);
    await stream.stop();
    await allArrived(fleet, { changes: stream, clusters: CLUSTERS, namespace: NAMESPACE });
    await Promise.all(fleet.processes.map((one) => one.ready(30_000)));
  }, 240_000);
});

const fakeTime = locateFakeTime();
if ('reason' in fakeTime) process.stderr.write(`a jumping clock of the store is not tested here: ${fakeTime.reason}\n`);
const whereFaked = 'reason' in fakeTime ? describe.skip : describe;

/** How far the store's clock is beside this machine's. */
const hoursAhead = async (connectionString: string): Promise<number> => {
  const database = new Database({ connectionString, maxConnections: 1 });
  try {
    const [row] = await database.rows('reading the clock', { text: 'SELECT extract(epoch FROM clock_timestamp())' });
    return Math.round((Number(row![0]) - Date.now() / 1_000) / 3_600) + 0; // never -0
  } finally {
    await database.close();
  }
};

whereFaked('a store whose clock jumps', () => {
  it('an hour ahead and back: every change is answered and arrives, and a standby takes over within 5 s each time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skerry-clock-'));
    chmodSync(folder, 0o755); // the store's user reads it
    const clock = new FakeClock({ library: (fakeTime as { path: string }).path, folder });
    fleet = await startSeparateFleet({ clusters: CLUSTERS, postgresEnvironment: clock.environment });
    const stream = await begin();
    await answered(stream, 40);
    for (const [offset, hours] of [
      ['+1h', 1],
      ['+0s', 0],
    ] as const) {
      clock.set(offset);
      await answered(stream, 80);
      expect(await hoursAhead(fleet.postgres.url)).toBe(hours);
      const holder = await holderAmong(fleet.of('replicas'));
      await holder.kill();
      const killedMs = performance.now();
      await holderAmong(fleet.of('replicas'));
      expect(performance.now() - killedMs).toBeLessThan(5_000);
      holder.start();
      await holder.ready();
    }
    await stream.stop();
    expect(stream.lost).toEqual([]);
    await allArrived(fleet, { changes: stream, clusters: CLUSTERS, namespace: NAMESPACE });
    rmSync(folder, { recursive: true });
  }, 180_000);
});
