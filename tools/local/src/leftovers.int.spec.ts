import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identityOf } from '@skerry/native/process-identity';
import { openState } from './state-folder.ts';
import { Supervisor } from './supervisor.ts';
import { writePidFile } from './pid-files.ts';
import { waitUntil } from './wait-until.ts';

let path: string;
let owner: ChildProcess;

beforeEach(() => {
  path = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-leftovers-')));
});
afterEach(() => {
  owner?.kill('SIGKILL');
  rmSync(path, { recursive: true, force: true });
});

/** Starts an owner of the folder in a process of its own; answers its child's pid. */
async function startOwner(): Promise<number> {
  const script = join(import.meta.dirname, 'leftovers.spec-support.ts');
  owner = spawn(process.execPath, ['--conditions=source', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout!, 'data')) as [Buffer];
  return Number(line.toString());
}

async function killOwner(): Promise<void> {
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

describe('a state folder', () => {
  it('whose owner was killed: the next start takes the lock over and ends what was left', async () => {
    const left = await startOwner();
    const ownerPid = owner.pid;
    await killOwner();
    expect(identityOf(left)).toBeDefined();
    const lines: string[] = [];
    const state = await openState({ path, report: (line) => lines.push(line) });
    expect(identityOf(left)).toBeUndefined();
    expect(lines).toEqual([
      `${path}: took over the lock of process ${ownerPid}, which is gone`,
      `ended sleeper (${left}), left over from a start that was killed`,
    ]);
    state.release();
  }, 20_000);

  it('whose owner was killed before it wrote the pid file: the child is found all the same', async () => {
    const left = await startOwner();
    await killOwner();
    rmSync(join(path, 'pids'), { recursive: true });
    const state = await openState({ path });
    expect(identityOf(left)).toBeUndefined();
    state.release();
  }, 20_000);

  it('whose owner lives: the error names it and what to do, and its child is left alone', async () => {
    const child = await startOwner();
    await expect(openState({ path })).rejects.toThrow(
      `${path} is in use by process ${owner.pid} — stop it (Ctrl-C in its terminal, or \`kill ${owner.pid}\`)`,
    );
    expect(identityOf(child)).toBeDefined();
    await killOwner();
    (await openState({ path })).release();
  }, 20_000);

  it('whose pid file names a pid that another program has by now: that program is left alone', async () => {
    const stranger = spawn('sleep', ['600']);
    writePidFile(path, { name: 'gone', command: 'sleep', endBy: 'SIGKILL', pid: stranger.pid!, startedAt: 'earlier' });
    (await openState({ path })).release();
    expect(identityOf(stranger.pid!)).toBeDefined();
    stranger.kill('SIGKILL');
  });

  it('whose pid file was cut off is opened all the same', async () => {
    writePidFile(path, { name: 'cut', command: 'x', endBy: 'SIGKILL', pid: 1, startedAt: 'x' });
    writeFileSync(join(path, 'pids', 'cut.json'), '{"pid":');
    (await openState({ path })).release();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe('a supervisor', () => {
  it('names the last words of a child that ended when it should have come up', async () => {
    const supervisor = new Supervisor(path);
    const child = supervisor.start({
      name: 'failing',
      command: 'sh',
      args: ['-c', 'echo no such setting >&2; exit 3'],
      logFile: join(path, 'failing.log'),
    });
    await waitUntil({ what: 'it has ended', deadlineMs: 5_000, check: () => !child.alive() || undefined });
    await supervisor.close();
    expect(() => child.requireAlive()).toThrow(/failing ended \(exit code 3\): no such setting/);
  });

  it('says what to do about a program that is not there', () => {
    const order = { name: 'absent', command: join(path, 'absent'), args: [], logFile: join(path, 'absent.log') };
    expect(() => new Supervisor(path).start(order)).toThrow(/absent cannot be started — is it there and executable/);
  });

  it('kills a child that does not end when asked, even a stopped one', async () => {
    const supervisor = new Supervisor(path);
    const child = supervisor.start({
      name: 'deaf',
      command: 'sh',
      args: ['-c', 'trap "" TERM; while :; do sleep 1; done'],
      logFile: join(path, 'deaf.log'),
      graceMs: 100,
    });
    child.signal('SIGSTOP');
    await supervisor.close();
    expect(identityOf(child.pid)).toBeUndefined();
  });
});
