export interface FileCounts {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

/** What one stage of `npm test` came to. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
  readonly seconds: number;
  /** For people: what failed, one entry each. */
  readonly failures: readonly string[];
  /** of a suite: by path from the root */
  readonly files?: ReadonlyMap<string, FileCounts>;
}

const longestFailureChars = 4_000;
const slowestShown = 5;
const slowSeconds = 30;

/** One line of a stage for the running report: `lint  passed  0.2 s`. */
export function lineOf({ name, passed, failed, skipped = 0, seconds }: Outcome): string {
  const word = failed > 0 ? 'FAILED' : 'passed';
  const counts =
    passed + failed + skipped > 1 ? `  ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}` : '';
  return `${name.padEnd(22)} ${word}  ${seconds.toFixed(1).padStart(6)} s${counts}`;
}

/** The files of a suite that took longest, for whoever wants it to be quicker: `  e2e/parity/a.e2e.ts  181 s`. */
export function slowestOf({ files = new Map<string, FileCounts>() }: Outcome): string[] {
  return [...files]
    .filter(([, { seconds }]) => seconds >= slowSeconds)
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .slice(0, slowestShown)
    .map(([path, { seconds }]) => `  ${path}  ${seconds.toFixed(0)} s`);
}

/** The end of the report: every failure, then the counts; the last line is exactly `N passed, N failed`. */
export function summaryOf(outcomes: readonly Outcome[]): string[] {
  const sum = (pick: (outcome: Outcome) => number): number => outcomes.reduce((total, one) => total + pick(one), 0);
  const failures = outcomes.flatMap(({ name, failures: told }) => told.map((text) => `✗ ${name}: ${shorten(text)}`));
  const passed = sum((one) => one.passed);
  return [
    ...(failures.length > 0 ? ['', ...failures] : []),
    '',
    `${passed} passed, ${sum((one) => one.failed)} failed`,
  ];
}

function shorten(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= longestFailureChars) return trimmed;
  return `${trimmed.slice(0, longestFailureChars)}\n… (${trimmed.length - longestFailureChars} characters more)`;
}
