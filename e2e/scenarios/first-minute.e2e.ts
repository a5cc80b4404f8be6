import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/fleet.ts';
import { processesOf, type SkerryProcess, startSkerry } from '../support/skerry-process.ts';

jest.setTimeout(60_000);

const START_MS = 30_000;

let folder: string;
let running: SkerryProcess[] = [];
/** Plays beside the other tests, with a state folder of its own: it waits most of the time. */
let story: SkerryProcess;
let storyMs: Promise<number>;
const skerry = (...args: string[]): SkerryProcess => {
  const started = startSkerry(args, { folder });
  running.push(started);
  return started;
};
const state = (): string => join(folder, '.skerry');
/** Runs to its end. */
const run = async (...args: string[]): Promise<{ code: number; said: string }> => {
  const started = skerry(...args);
  return { code: await started.ended, said: started.said() };
};

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-minute-')));
  chmodSync(folder, 0o755); // else, as root, PostgreSQL's user could not get in, and its part would lie elsewhere
  const startMs = performance.now();
  story = startSkerry(['up', '--exit', '--dir', 'story'], { folder });
  storyMs = story.ended.then(() => performance.now() - startMs);
});
afterEach(async () => {
  for (const one of running) if (one.child.exitCode === null && one.child.signalCode === null) one.interrupt();
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
});
afterAll(async () => {
  if (story.child.exitCode === null) story.interrupt();
  await story.ended;
  rmSync(folder, { recursive: true, force: true });
});

describe("a stranger's first minute", () => {
  it('shows the sample application Available, and clusters, placements and replicas', async () => {
    const startMs = performance.now();
    const up = skerry('up');
    await up.until('sample application Available', START_MS);
    const seconds = (performance.now() - startMs) / 1_000;
    process.stderr.write(`sample application Available after ${seconds.toFixed(1)} s\n`);
    const said = await up.until('6/6', START_MS);
    expect(said).toMatch(/CLUSTER +STATE +REGION[^]*north +Ready +north/);
    expect(
      await eventually('all ready', async () => /deployment\/web +6\/6 +web +2\/2 +2\/2 +2\/2/.test(up.said())),
    ).toBe(true);
  });

  it('Ctrl-C, even twice, ends everything it started, with exit code 0', async () => {
    const up = skerry('up');
    await up.until('ready', START_MS);
    expect(processesOf(state()).length).toBeGreaterThan(1);
    up.interrupt();
    up.interrupt();
    expect([await up.ended, processesOf(state())]).toEqual([0, []]);
    expect(up.said()).toMatch(/stopped\n$/);
  });

  it('SIGTERM does the same', async () => {
    const up = skerry('up');
    await up.until('ready', START_MS);
    up.child.kill('SIGTERM');
    expect([await up.ended, processesOf(state())]).toEqual([0, []]);
  });

  it.each(['starting PostgreSQL and NATS', 'starting the hub', 'starting three member clusters'])(
    'Ctrl-C while it is "%s" leaves nothing behind',
    async (line) => {
      const up = skerry('up');
      await up.until(line, START_MS);
      up.interrupt();
      expect([await up.ended, processesOf(state())]).toEqual([130, []]);
    },
  );

  it('a second start goes on from what people made of the sample', async () => {
    const first = skerry('up');
    await first.until('ready', START_MS);
    expect((await run('scale', 'deploy/web', '-n', 'shop', '--replicas', '9')).code).toBe(0);
    first.interrupt();
    await first.ended;
    const second = skerry('up');
    await second.until('ready', START_MS);
    const { said } = await run('get', 'deployment/web', '-n', 'shop', '-o', 'json');
    expect(JSON.parse(said).spec.replicas).toBe(9);
  });

  it('two at once: the second names the process that holds the state, and what to do', async () => {
    const first = skerry('up');
    await first.until('ready', START_MS);
    const second = await run('up');
    expect(second.code).toBe(5);
    const holder = JSON.parse(readFileSync(join(state(), 'lock'), 'utf8')).pid as number;
    expect(second.said).toContain(
      `is in use by process ${holder} — stop it (Ctrl-C in its terminal, or \`kill ${holder}\`)`,
    );
    expect(second.said).not.toMatch(/\n\s+at /);
  });

  it('after kill -9 the next start ends what was left, and works', async () => {
    const first = skerry('up');
    await first.until('ready', START_MS);
    const { pid } = JSON.parse(readFileSync(join(state(), 'lock'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await first.ended;
    expect(processesOf(state())).not.toEqual([]);
    const second = skerry('up');
    const said = await second.until('ready', START_MS);
    expect(said).toMatch(/took over the lock of process \d+, which is gone/);
    expect(said).toMatch(/ended postgres .*left over from a start that was killed/);
  });

  it('a port that is taken is named, with what to do, and nothing is left running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { code, said } = await run('up', '--port', String(port));
    other.close();
    expect(code).toBe(5);
    expect(said).toMatch(new RegExp(`skerry: .*${port}.* — .*--port`));
    expect(said).not.toMatch(/\n\s+at /);
    expect(processesOf(state())).toEqual([]);
  });

  it('a missing program is named, with how to get it', async () => {
    const settings = { SKERRY_NATIVE_NATS_SERVER: join(folder, 'none') };
    const up = startSkerry(['up'], { folder, settings });
    running.push(up);
    expect([await up.ended, processesOf(state())]).toEqual([5, []]);
    expect(up.said()).toMatch(/skerry: .*SKERRY_NATIVE_NATS_SERVER.*none.* — /);
    expect(up.said()).not.toMatch(/\n\s+at /);
  });

  it('a start that was cut in its first second is built anew, and says so', async () => {
    const part = join(folder, 'half', 'postgres');
    mkdirSync(join(part, 'data'), { recursive: true });
    writeFileSync(join(part, 'data', 'PG_VERSION'), '');
    const up = skerry('up', '--dir', 'half');
    expect(await up.until('sample application Available', START_MS)).toMatch(
      /postgres was left half-written: building it anew/,
    );
  });

  it('--fresh begins without what was there', async () => {
    const up = skerry('up', '--fresh');
    await up.until('sample application Available', START_MS);
    const { said } = await run('get', 'deployment/web', '-n', 'shop', '-o', 'json');
    expect(JSON.parse(said).spec.replicas).toBe(6); // 9 before
  });

  it('a restored store is adopted while the hub is stopped, and gets a new incarnation', async () => {
    const { code, said } = await run('store', 'adopt-restored');
    expect([code, processesOf(state())]).toEqual([0, []]);
    expect(said).toMatch(/incarnation [0-9a-f-]{36}/);
  });
});

describe('the story', () => {
  it('is played to its end within 180 s, and leaves nothing running', async () => {
    const seconds = (await storyMs) / 1_000;
    const said = story.said();
    process.stderr.write(`${said}\nstory: ${seconds.toFixed(0)} s\n`);
    expect([await story.ended, processesOf(join(folder, 'story'))]).toEqual([0, []]);
    expect(said).toMatch(/7\/7 delete the namespace/);
    expect(seconds).toBeLessThan(180);
  }, 240_000);
});
