import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { processesOf, type SkerryProcess, startSkerry } from '../support/skerry-process.ts';

jest.setTimeout(60_000);

const START_MS = 30_000;

/** In a namespace of its own, which goes with the last of its processes, whatever becomes of the test. */
const WITHOUT_NETWORK = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && ip -o link >&2 && exec "$@"', '-'];
const ON_A_DISK = (options: string, disk: string): string[] => [
  ...['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'],
  ...['-', `mode=755,${options}`, disk],
];

/** Undefined: this machine lets us; else why not. */
const refusal = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may mount and unshare';
  try {
    execFileSync('unshare', ['--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `unshare --net --mount ip link set lo up: ${(error as Error).message.split('\n').at(-1)}`;
  }
};
const reason = refusal();
if (reason !== undefined) process.stderr.write(`a full disk and a missing network are not tested here: ${reason}\n`);
const whereAllowed = reason === undefined ? describe : describe.skip;

let folder: string;
let running: SkerryProcess | undefined;
const start = (args: readonly string[], under: readonly string[]): SkerryProcess => {
  running = startSkerry(args, { folder, under });
  return running;
};

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-deprived-')));
  chmodSync(folder, 0o755); // else, as root, PostgreSQL's user could not get in, and its part would lie elsewhere
  mkdirSync(join(folder, 'disk'));
});
afterEach(async () => {
  const { exitCode, signalCode } = running!.child;
  if (exitCode === null && signalCode === null) running!.interrupt();
  await running!.ended;
  rmSync(folder, { recursive: true, force: true });
});

whereAllowed('a first minute on a full disk', () => {
  const onDisk = (options: string): SkerryProcess =>
    start(['up', '--dir', 'disk/state'], ON_A_DISK(options, join(folder, 'disk')));
  const ended = async (up: SkerryProcess): Promise<string> => {
    expect([await up.ended, processesOf(folder)]).toEqual([5, []]);
    expect(up.said()).not.toMatch(/\n\s+at /);
    return up.said();
  };

  it('with 60 MiB is refused before anything is made, with how much is needed', async () => {
    const said = await ended(onDisk('size=60m'));
    expect(said).toMatch(
      /only \d+ MB are free where .*disk\/state lies; 200 MB are needed — free some space, or choose/,
    );
  });

  it('on which no file can be made says so, and what to do', async () => {
    const said = await ended(onDisk('size=60m,nr_inodes=2'));
    expect(said).toMatch(/skerry: ENOSPC: no space left on device.*disk\/state.* — free some space, or choose another/);
  });

  it.each(['starting PostgreSQL and NATS', 'starting the hub', 'starting three member clusters'])(
    'that becomes full while it is "%s" ends, and says what to do',
    async (line) => {
      const up = onDisk('size=260m');
      await up.until(line, START_MS);
      fill(join(`/proc/${up.pid}/root`, folder, 'disk', 'filler'));
      const said = await ended(up);
      expect(said).toMatch(/skerry: .* — free some space, or choose another state folder/s);
    },
  );
});

/** Writes until nothing more fits. */
const fill = (path: string): void => {
  const file = openSync(path, 'w');
  const zeros = Buffer.alloc(64 * 1024);
  try {
    for (;;) if (writeSync(file, zeros) < zeros.length) return;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
};

whereAllowed('a first minute without a network', () => {
  it('shows the sample application Available: everything that it needs is there', async () => {
    const up = start(['up'], WITHOUT_NETWORK);
    const said = await up.until('sample application Available', START_MS);
    expect(said.match(/^\d+: .*/gm)).toEqual([expect.stringContaining('1: lo: <LOOPBACK,UP')]);
    up.interrupt();
    expect([await up.ended, processesOf(folder)]).toEqual([0, []]);
  });
});
