import { spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Members, startMembers } from '@skerry/local/members/start-members';
import { locate } from '@skerry/native/locate';
import { type PageCommand, readCommands, readLinks } from '../support/read-commands.ts';
import { type SkerryProcess, startSkerry } from '../support/skerry-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Commands that a page shows and this does not type, and why. Anything else is run. */
const NOT_TYPED: Readonly<Record<string, string>> = {
  'npm start': 'does what the process does that was started before',
  'npm test': 'is what runs this',
};

jest.setTimeout(180_000);

/** A hub with three clusters in a folder that looks like a checkout: the pages' commands run as they stand. */
interface Desk {
  /** keeps `.skerry` and what the commands write */
  readonly folder: string;
  readonly up: SkerryProcess;
}

let desks: readonly Desk[] = [];
let members: Members | undefined;
let joining: Promise<string>;

const openDesk = (kubectl: string): Desk => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-docs-')));
  chmodSync(folder, 0o755); // else, as root, PostgreSQL's user could not get in, and its part would lie elsewhere
  for (const name of ['bin', 'examples']) symlinkSync(join(ROOT, name), join(folder, name));
  mkdirSync(join(folder, 'path'));
  symlinkSync(kubectl, join(folder, 'path', 'kubectl'));
  return { folder, up: startSkerry(['up'], { folder }) };
};

// Two hubs: the last page takes a soak of its own, and waits for it beside the tutorial instead of after it.
beforeAll(async () => {
  const { kubectl } = await locate(['kubectl']);
  desks = [openDesk(kubectl.path), openDesk(kubectl.path)];
  [members] = await Promise.all([
    startMembers({ dir: join(desks[1]!.folder, 'members'), members: ['harbour'] }),
    ...desks.map(({ up }) => up.until('sample application Available', 60_000)),
  ]);
  const KUBECONFIG = members.member('harbour').kubeconfig('admin');
  joining = runPage('docs/how-to/join-a-real-cluster.md', { folder: desks[1]!.folder, settings: { KUBECONFIG } });
  joining.catch(() => undefined); // its own test says so
});

afterAll(async () => {
  await Promise.allSettled([joining]);
  for (const { up } of desks) if (up.child.exitCode === null) up.interrupt();
  await Promise.all([...desks.map(({ up }) => up.ended), members?.close()]);
  for (const { folder } of desks) rmSync(folder, { recursive: true, force: true });
});

/** One shell for a page, as a reader has: variables stay. It ends at the first command that fails, and says which. */
const scriptOf = (page: string, commands: readonly PageCommand[]): string =>
  [
    'set -uo pipefail',
    ...commands.flatMap(({ line, text }) => [
      `echo '--- ${page}:${line}'`,
      text,
      `code=$?; [ $code = 0 ] || { echo "${page}:${line} ended with $code"; exit 1; }`,
    ]),
  ].join('\n');

const runPage = async (
  page: string,
  { folder, settings = {} }: { folder: string; settings?: Readonly<Record<string, string>> },
): Promise<string> => {
  const commands = readCommands(join(ROOT, page)).filter(({ text }) => !(text in NOT_TYPED));
  const { NODE_OPTIONS: _jest, SKERRY_KUBECONFIG: _none, KUBECONFIG: _other, ...env } = process.env;
  const child = spawn('bash', ['-c', scriptOf(page, commands)], {
    cwd: folder,
    env: { ...env, PATH: `${join(folder, 'path')}${delimiter}${process.env['PATH']}`, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(said);
  return said;
};

describe('every command of a page works, in the order in which it is read', () => {
  it('of the README', async () => {
    expect(await runPage('README.md', desks[0]!)).toMatch(/Policy:\n +PlacementPolicy shop\/web \(Weighted\)/);
  });

  it('of the tutorial "your first fleet"', async () => {
    const said = await runPage('docs/tutorial/first-fleet.md', desks[0]!);
    expect(said).toMatch(/north: reverted \.data\.colour against kubectl-patch/);
    expect(said).toMatch(/north +- +4 +4 +Applied +12 more ready elsewhere/);
    expect(said).toMatch(/namespace "shop" deleted/);
  });

  it('of "join a real cluster", with a real API server as the cluster', async () => {
    const said = await joining;
    expect(said).toMatch(/harbour +Ready +harbour +3\/3/);
    expect(said).toMatch(/harbour is no member any more/);
  });
});

describe('pages', () => {
  it('link only to what is there', () => {
    const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })];
    const broken = pages.flatMap((page) =>
      readLinks(join(ROOT, page))
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
