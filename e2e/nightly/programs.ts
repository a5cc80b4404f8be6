import { runSuite } from '@skerry/checks/run/suites';
import { runStage } from '@skerry/checks/run/stage';
import type { NightlySuite } from './suite.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const MINUTE_MS = 60_000;
/** Starting, settling and ending besides the time that is asked for; on a busy machine. */
const GRACE_MINUTES = 15;
const FAULT_TEXT_CHARS = 6_000;

/** A fleet of separate processes under changes and a fault a minute. */
export const endurance = (minutes: number): NightlySuite => ({
  name: 'endurance',
  run: async (say) => {
    const { output, cause, passed } = await runStage({
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', 'e2e/endurance/main.ts', '--minutes', String(minutes)],
      cwd: ROOT,
      deadlineMs: (minutes + GRACE_MINUTES) * MINUTE_MS,
      onOutput: say,
    });
    const counted = countsIn(output);
    if (counted && counted.failed === 0 && passed) return { passed: counted.passed, failures: [] };
    const why = cause ?? (counted ? `${counted.failed} failed` : 'ended before it had judged');
    return { passed: counted?.passed ?? 0, failures: [`${why}\n${output.slice(-FAULT_TEXT_CHARS)}`] };
  },
});

/** The last line of a program that judges: `N passed, N failed`. */
export const countsIn = (output: string): { readonly passed: number; readonly failed: number } | undefined => {
  const found = /^(\d+) passed, (\d+) failed$/.exec(output.trimEnd().split('\n').at(-1)!);
  return found ? { passed: Number(found[1]), failed: Number(found[2]) } : undefined;
};

interface LongerTest {
  readonly name: string;
  readonly project: 'integration' | 'e2e';
  /** part of the path of the test's file */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly deadlineMinutes: number;
}

/** A test of npm test, for longer. */
const longer = ({ name, project, file, environment, deadlineMinutes }: LongerTest): NightlySuite => ({
  name,
  run: async (say) => {
    say(`${file} with ${JSON.stringify(environment)}\n`);
    const suite = { name: project, jestArguments: ['--runInBand', file], deadlineMs: deadlineMinutes * MINUTE_MS };
    const context = { root: ROOT, minimum: 1, env: environment, onOutput: say };
    const { passed, failures } = await runSuite(suite, context);
    return { passed, failures };
  },
});

/** A syncer that is cut off for so long. */
export const cutOff = (minutes: number): NightlySuite =>
  longer({
    name: 'cut-off',
    project: 'e2e',
    file: 'e2e/scenarios/pull.e2e.ts',
    environment: { SKERRY_TEST_CUT_MS: String(minutes * MINUTE_MS) },
    deadlineMinutes: minutes + GRACE_MINUTES,
  });

/** Other bad inputs each night; the seed is in the output and in what fails. */
export const badInput = (runs: number): NightlySuite =>
  longer({
    name: 'bad-input',
    project: 'integration',
    file: 'apps/all-in-one/src/hub/bad-input.int.spec.ts',
    environment: {
      SKERRY_BAD_INPUT_RUNS: String(runs),
      SKERRY_BAD_INPUT_SEED: String(1 + Math.floor(Math.random() * 1_000_000)),
    },
    deadlineMinutes: 10 + runs / 1_000,
  });
