import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStage } from './stage.ts';

/** What a check answers: nothing if all is well, otherwise what is wrong. */
export type Verdict = string | undefined;

const deadlineMs = 120_000;
const released = 'proto/released.binpb';
const generated = 'libs/contract/src/generated';

const hasContract = (root: string): boolean => globSync('proto/**/*.proto', { cwd: root }).length > 0;

async function buf(root: string, args: readonly string[]): Promise<Verdict> {
  const command = join(root, 'node_modules/.bin/buf');
  const { passed, output, cause } = await runStage({ command, args, cwd: root, deadlineMs });
  return passed ? undefined : `buf ${args.join(' ')}: ${cause ?? ''}\n${output}`;
}

export async function checkContractLint(root: string): Promise<Verdict> {
  return hasContract(root) ? buf(root, ['lint']) : undefined;
}

/** Compares with the contract as it was released; what others have stored or understand must stay readable. */
export async function checkContractBreaking(root: string): Promise<Verdict> {
  if (!hasContract(root)) return undefined;
  if (!existsSync(join(root, released))) return `${released} is missing — make it with \`npm run contract:release\``;
  return buf(root, ['breaking', '--against', released]);
}

/** Generates anew and compares with what is committed. */
export async function checkContractGenerated(root: string): Promise<Verdict> {
  if (!hasContract(root)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'skerry-contract-'));
  try {
    const failed = await buf(root, ['generate', '-o', folder]);
    if (failed !== undefined) return failed;
    const differing = differences(join(folder, generated), join(root, generated));
    if (differing.length === 0) return undefined;
    return `${differing.join(', ')} below ${generated}: not what the contract gives — run \`npm run contract:generate\``;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files that are not the same in both folders. */
function differences(left: string, right: string): string[] {
  const names = new Set([left, right].flatMap((folder) => globSync('**/*.ts', { cwd: folder })));
  const read = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  return [...names].filter((name) => read(join(left, name)) !== read(join(right, name))).sort();
}
