import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type Postgres } from './postgres.ts';
import { pidsWorkingIn } from './running.ts';
import { waitUntil } from './wait-until.ts';

let folder: string;
let postgres: Postgres;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-postgres-')));
  // As mkdtemp makes it (mode 700), only its owner may pass: as root, PostgreSQL's part must lie elsewhere.
  postgres = await startPostgres({ dir: join(folder, 'postgres') });
}, 60_000);

afterAll(async () => {
  await postgres.discard();
  expect(existsSync(postgres.dataDir)).toBe(false);
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => undefined); // the server is killed under it
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function sleeping(): Promise<true | undefined> {
  const [found] = await query("select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'");
  return found?.['n'] === 1 ? true : undefined;
}

describe('a local PostgreSQL', () => {
  it('commits to the disk before it answers', async () => {
    expect(await query('show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    expect(await query('show fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('refuses a wrong password', async () => {
    const client = new pg.Client({ connectionString: postgres.url.replace(postgres.password, 'wrong') });
    await expect(client.connect()).rejects.toThrow(/password authentication failed/);
  });

  it('keeps its password for its owner alone', () => {
    expect(statSync(join(folder, 'postgres', 'password')).mode & 0o777).toBe(0o600);
  });

  it('has every committed row after its postmaster was killed in the middle of work, three times', async () => {
    await query('create table kept (n int)');
    for (const n of [1, 2, 3]) {
      await query(`insert into kept values (${n})`);
      const busy = query('select pg_sleep(60)').then(
        () => 'answered',
        () => 'cut off',
      );
      await waitUntil({ what: 'the query runs', deadlineMs: 5_000, check: sleeping });
      await postgres.kill();
      expect(await busy).toBe('cut off');
      expect(pidsWorkingIn(postgres.dataDir)).toEqual([]);
      await postgres.restart();
    }
    expect(await query('select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  }, 60_000);

  it('starts although the pid file of a killed postmaster names a process that lives', async () => {
    await postgres.kill();
    // PostgreSQL minds only processes of its own user.
    const { uid, gid } = statSync(postgres.dataDir);
    const stranger = spawn('sleep', ['600'], { uid, gid });
    writeFileSync(join(postgres.dataDir, 'postmaster.pid'), `${stranger.pid}\n${postgres.dataDir}\n`);
    await postgres.restart();
    stranger.kill('SIGKILL');
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
  }, 30_000);

  it('goes on with the same data, port and password in the next start', async () => {
    const before = postgres;
    await postgres.stop();
    postgres = await startPostgres({ dir: join(folder, 'postgres') });
    expect({ url: postgres.url, dataDir: postgres.dataDir }).toEqual({ url: before.url, dataDir: before.dataDir });
    expect(await query('select count(*)::int as rows from kept')).toEqual([{ rows: 3 }]);
  }, 30_000);

  it('names the port and what to do when another program has taken it', async () => {
    const second = startPostgres({ dir: join(folder, 'second'), port: postgres.port, durable: false });
    await expect(second).rejects.toThrow(`port ${postgres.port} of PostgreSQL is taken by another program — end what`);
  }, 30_000);

  it('is made anew where an earlier start was cut before it was whole', async () => {
    const lines: string[] = [];
    const dir = join(folder, 'second'); // whole but for its server: take the mark away
    rmSync(join(dir, 'complete'));
    const rebuilt = await startPostgres({ dir, durable: false, report: (line) => lines.push(line) });
    await rebuilt.discard();
    expect(lines[0]).toBe(`${dir} was left half-written: building it anew`);
  }, 30_000);
});
