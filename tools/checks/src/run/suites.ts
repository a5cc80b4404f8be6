import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStage } from './stage.ts';
import type { FileCounts, Outcome } from './tally.ts';

/** A suite of tests that jest runs. */
export interface Suite {
  readonly name: 'unit' | 'integration' | 'e2e' | 'simulation';
  readonly deadlineMs: number;
  readonly jestArguments: readonly string[];
  /** how much it gives way to others, 0 to 19; see setpriority(2) */
  readonly nice?: number;
}

/** One after another; those of one row run beside one another. */
export const suiteRows: readonly (readonly Suite[])[] = [
  [{ name: 'unit', deadlineMs: 3 * 60_000, jestArguments: [] }],
  [{ name: 'integration', deadlineMs: 12 * 60_000, jestArguments: ['--maxWorkers=2'] }],
  [
    // one file after another: their deadlines are promises of the product, and a neighbour would eat into them
    { name: 'e2e', deadlineMs: 35 * 60_000, jestArguments: ['--runInBand'] },
    // virtual time has no deadlines: it takes only the processor that the other leaves idle while it waits
    { name: 'simulation', deadlineMs: 60 * 60_000, jestArguments: [], nice: 19 },
  ],
];
export const suites: readonly Suite[] = suiteRows.flat();

/** What jest writes with `--json`, as far as it is read. */
export interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

type JestFile = JestResult['testResults'][number];

/** Runs a suite and counts. Fewer tests than `minimum` count as one failure. */
export async function runSuite(
  suite: Suite,
  context: { root: string; minimum: number; env: NodeJS.ProcessEnv; onOutput?: (text: string) => void },
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-test-'));
  const file = join(folder, 'result.json');
  try {
    const { output, cause, seconds } = await runStage({
      command: process.execPath,
      args: [
        '--experimental-vm-modules',
        'node_modules/jest/bin/jest.js',
        ...suite.jestArguments,
        '--json',
        `--outputFile=${file}`,
        '--selectProjects',
        suite.name,
      ],
      cwd: context.root,
      env: context.env,
      deadlineMs: suite.deadlineMs,
      nice: suite.nice,
      ...(context.onOutput && { onOutput: context.onOutput }),
    });
    const result = readResult(file);
    if (result === undefined) {
      const why = cause ?? 'jest wrote no result';
      return { name: suite.name, passed: 0, failed: 1, seconds, failures: [`${why}\n${output.slice(-3_000)}`] };
    }
    const counted = count(result, { root: context.root, minimum: context.minimum });
    // All tests ran, and yet it went on: something that a test started keeps it from ending.
    const hung = cause === undefined ? [] : [`jest did not end after its tests: ${cause}`];
    return {
      ...counted,
      failed: counted.failed + hung.length,
      failures: [...counted.failures, ...hung],
      name: suite.name,
      seconds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts a result. A file that could not be run, and a suite that ran too few tests, are one failure each. */
export function count(
  result: JestResult,
  { root, minimum }: { root: string; minimum: number },
): Omit<Outcome, 'name' | 'seconds'> {
  const failures = result.testResults.flatMap((file) => failuresOf(file, root));
  const broken = result.testResults.filter((file) => file.message !== '' && file.assertionResults.length === 0).length;
  const ran = result.numPassedTests + result.numFailedTests;
  const short =
    ran < minimum ? [`ran ${ran} tests, its committed minimum is ${minimum} (tools/checks/minimums.json)`] : [];
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken + short.length,
    skipped: result.numPendingTests,
    failures: [...failures, ...short],
    files: new Map(result.testResults.map((file) => [pathOf(file, root), countsOf(file)])),
  };
}

const pathOf = ({ name }: JestFile, root: string): string => name.replace(`${root}/`, '').replace(root, '');

/** A file that could not be run is one failure. */
const countsOf = ({ assertionResults, message, startTime, endTime }: JestFile): FileCounts => {
  const countOf = (wanted: string): number => assertionResults.filter(({ status }) => status === wanted).length;
  const broken = message !== '' && assertionResults.length === 0 ? 1 : 0;
  return { passed: countOf('passed'), failed: countOf('failed') + broken, seconds: (endTime - startTime) / 1_000 };
};

function failuresOf(file: JestFile, root: string): string[] {
  const path = pathOf(file, root);
  if (file.assertionResults.length === 0) return file.message === '' ? [] : [`${path}\n${file.message}`];
  return file.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(
      ({ fullName, failureMessages }) =>
        `${path}: ${fullName}\n${failureMessages.map(withoutForeignFrames).join('\n')}`,
    );
}

/** A stack's lines in packages say nothing about our code and hide the ones that do. */
function withoutForeignFrames(message: string): string {
  const isForeign = (line: string): boolean => /^\s+at .*(node_modules|node:internal)|^\s+at new Promise/.test(line);
  return message
    .split('\n')
    .filter((line) => !isForeign(line))
    .join('\n');
}

function readResult(file: string): JestResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
