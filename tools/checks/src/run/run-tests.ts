import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pidsByEnvironment, pidsWithEnvironment, signal } from '@skerry/local/running';
import { identityOf, isAlive, type ProcessIdentity } from '@skerry/native/process-identity';
import { recordResults } from '../promises/record-results.ts';
import { checks, type Check } from './checks.ts';
import { endStages } from './stage.ts';
import { runSuite, suiteRows, suites, type Suite } from './suites.ts';
import { lineOf, slowestOf, summaryOf, type Outcome } from './tally.ts';

type Minimums = Record<Suite['name'], number>;

const minimumsFile = 'tools/checks/minimums.json';
/** In the environment of all that a run starts; names the run's process, so that what it leaves behind is found. */
const runMark = 'SKERRY_TEST_RUN';

const FLAGS = ['--raise-minimums', '--record-promises'];

/** Runs the checks and suites that are named, or all; prints a report; answers the exit code. */
export async function runTests(root: string, args: readonly string[]): Promise<number> {
  const [raise, record] = FLAGS.map((flag) => args.includes(flag));
  const wanted = args.filter((argument) => !argument.startsWith('--'));
  const names = [...checks, ...suites].map(({ name }) => name);
  const unknown = args.find((argument) => !FLAGS.includes(argument) && !names.includes(argument));
  if (unknown !== undefined) {
    console.error(`npm test: "${unknown}" is none of: ${[...names, ...FLAGS].join(', ')}`);
    return 2;
  }
  const run = JSON.stringify(identityOf(process.pid));
  endLostRuns();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted(run, name));
  const outcomes = await runAll(root, { run, isWanted: (name) => wanted.length === 0 || wanted.includes(name) });
  if (raise) raiseMinimums(root, outcomes);
  if (record) recordResults(root, new Map(outcomes.flatMap(({ files = new Map() }) => [...files])));
  for (const line of summaryOf(outcomes)) console.log(line);
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

async function runAll(root: string, how: { run: string; isWanted: (name: string) => boolean }): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    for (const line of [lineOf(outcome), ...slowestOf(outcome)]) console.log(line);
  };
  for (const check of checks) if (how.isWanted(check.name)) note(await runCheck(check, root));
  const minimums = JSON.parse(readFileSync(join(root, minimumsFile), 'utf8')) as Minimums;
  const runOne = async (suite: Suite): Promise<void> =>
    note(await runSuite(suite, { root, minimum: minimums[suite.name], env: { [runMark]: how.run } }));
  for (const row of suiteRows) await Promise.all(row.filter(({ name }) => how.isWanted(name)).map(runOne));
  note(leftBehind(how.run));
  return outcomes;
}

async function runCheck({ name, run }: Check, root: string): Promise<Outcome> {
  const begun = Date.now();
  // A check that throws has failed, like one that says what is wrong; the others go on.
  const verdict = await run(root, (line) => console.log(`  ${line}`)).catch((error: unknown) => String(error));
  const seconds = (Date.now() - begun) / 1000;
  return verdict === undefined
    ? { name, passed: 1, failed: 0, seconds, failures: [] }
    : { name, passed: 0, failed: 1, seconds, failures: [verdict] };
}

/** Ends what earlier runs left that were killed before they could end it themselves. */
function endLostRuns(): void {
  for (const [run, pids] of pidsByEnvironment(runMark)) {
    if (isAlive(JSON.parse(run) as ProcessIdentity)) continue;
    console.log(`ended ${pids.length} processes left over from a test run that was killed`);
    for (const pid of pids) signal(pid, 'SIGKILL');
  }
}

/** Ends and names every process that the suites started and did not end. */
function leftBehind(run: string): Outcome {
  const pids = pidsWithEnvironment(runMark, run);
  const failures = pids.map((pid) => `process ${pid} was left behind: ${commandOf(pid)}`);
  for (const pid of pids) signal(pid, 'SIGKILL');
  const failed = pids.length > 0 ? 1 : 0;
  return { name: 'nothing left behind', passed: 1 - failed, failed, seconds: 0, failures };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
  } catch {
    return 'gone meanwhile';
  }
}

function interrupted(run: string, name: NodeJS.Signals): void {
  endStages('SIGKILL');
  for (const pid of pidsWithEnvironment(runMark, run)) signal(pid, 'SIGKILL');
  console.error(`\nStopped by ${name}; all that was started is ended.`);
  process.exit(130);
}

function raiseMinimums(root: string, outcomes: readonly Outcome[]): void {
  const path = join(root, minimumsFile);
  const minimums = JSON.parse(readFileSync(path, 'utf8')) as Minimums;
  for (const { name, passed, failed } of outcomes) {
    if (name in minimums) minimums[name as Suite['name']] = Math.max(minimums[name as Suite['name']], passed + failed);
  }
  writeFileSync(path, `${JSON.stringify(minimums, undefined, 2)}\n`);
}
