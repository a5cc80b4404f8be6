import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programs, type ProgramName } from '@skerry/native/programs';
import { locate } from '@skerry/native/locate';
import { checkLayers } from '../layers/check-layers.ts';
import { missingFrom, type Lockfile } from '../lockfile/lockfile.ts';
import { checkContractBreaking, checkContractGenerated, checkContractLint, type Verdict } from './contract.ts';
import { runStage } from './stage.ts';

/** A check that passes or fails as a whole. */
export interface Check {
  readonly name: string;
  readonly run: (root: string, report: (line: string) => void) => Promise<Verdict>;
}

const tsc = 'node_modules/typescript/bin/tsc';

/** All checks, in the order in which they are run: what others need comes first, what is quick to mend next. */
export const checks: readonly Check[] = [
  { name: 'lockfile', run: async (root) => lockfileOf(root) },
  { name: 'build', run: (root) => node(root, { args: [tsc, '-b'], deadlineMs: 300_000 }) },
  { name: 'types of specs', run: (root) => checkTypes(root) },
  {
    name: 'format',
    run: (root) =>
      node(root, { args: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'], deadlineMs: 180_000 }),
  },
  { name: 'lint', run: (root) => node(root, { args: ['node_modules/oxlint/bin/oxlint'], deadlineMs: 60_000 }) },
  { name: 'layers', run: async (root) => layersOf(root) },
  { name: 'contract lint', run: checkContractLint },
  { name: 'contract breaking', run: checkContractBreaking },
  { name: 'contract generated', run: checkContractGenerated },
  { name: 'native programs', run: (_root, report) => checkPrograms(report) },
];

async function node(root: string, order: { args: readonly string[]; deadlineMs: number }): Promise<Verdict> {
  const { passed, output, cause } = await runStage({ command: process.execPath, cwd: root, ...order });
  return passed ? undefined : `${cause ?? ''}\n${output}`;
}

function checkTypes(root: string): Promise<Verdict> {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  return node(root, { args: [tsc, '-p', 'tsconfig.spec.json'], deadlineMs: 300_000 });
}

function layersOf(root: string): Verdict {
  const findings = checkLayers(root);
  return findings.length === 0 ? undefined : findings.map(({ path, problem }) => `${path} ${problem}`).join('\n');
}

function lockfileOf(root: string): Verdict {
  const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const names = missingFrom(lockfile).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return `package-lock.json lacks ${names.join(', ')}; npm ci would refuse it — run \`npm run lock:complete\``;
}

/** Found or made before the suites, whose deadlines do not count a first build of several minutes. */
async function checkPrograms(report: (line: string) => void): Promise<Verdict> {
  await locate(Object.keys(programs) as ProgramName[], { report });
  return undefined;
}
