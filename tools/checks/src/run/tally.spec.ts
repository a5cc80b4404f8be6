import { describe, expect, it } from '@jest/globals';
import { count, type JestResult } from './suites.ts';
import { lineOf, slowestOf, summaryOf } from './tally.ts';

const outcome = (name: string, passed: number, failures: string[] = []) => ({
  name,
  passed,
  failed: failures.length,
  seconds: 1,
  failures,
});

const result = (given: Partial<JestResult>): JestResult => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...given,
});

describe('the report of npm test', () => {
  it('ends with the sum of checks and tests in exactly one form', () => {
    expect(summaryOf([outcome('lint', 1), outcome('unit', 41)]).at(-1)).toBe('42 passed, 0 failed');
  });

  it('names each failure before it', () => {
    const lines = summaryOf([outcome('lint', 1), outcome('unit', 3, ['a.spec.ts: adds\nexpected 2'])]);
    expect(lines).toEqual(['', '✗ unit: a.spec.ts: adds\nexpected 2', '', '4 passed, 1 failed']);
  });

  it('shows counts for a suite and one word for a check', () => {
    expect(lineOf(outcome('lint', 1))).toBe('lint                   passed     1.0 s');
    expect(lineOf(outcome('unit', 3, ['x']))).toBe('unit                   FAILED     1.0 s  3 passed, 1 failed');
  });

  it('names the files that took longest, if any took long', () => {
    const counts = (seconds: number) => ({ passed: 1, failed: 0, seconds });
    const files = new Map([40, 29, 181.4, 33, 31, 32, 34].map((seconds) => [`${seconds}.e2e.ts`, counts(seconds)]));
    const slowest = slowestOf({ ...outcome('e2e', 3), files });
    expect(slowest).toHaveLength(5);
    expect(slowest[0]).toBe('  181.4.e2e.ts  181 s');
    expect(slowest.at(-1)).toBe('  32.e2e.ts  32 s');
    expect(slowestOf(outcome('lint', 1))).toEqual([]);
  });
});

describe('the count of a suite', () => {
  const times = { startTime: 1_000, endTime: 3_500 };
  const assertion = { status: 'failed', fullName: 'adds', failureMessages: ['expected 2'] };

  it('tells file, test and message of a failure', () => {
    const file = { name: '/r/libs/a.spec.ts', message: 'long', ...times, assertionResults: [assertion] };
    const counted = count(result({ numPassedTests: 2, numFailedTests: 1, testResults: [file] }), {
      root: '/r',
      minimum: 3,
    });
    const counts = { passed: 2, failed: 1, skipped: 0, failures: ['libs/a.spec.ts: adds\nexpected 2'] };
    expect(counted).toEqual({
      ...counts,
      files: new Map([['libs/a.spec.ts', { passed: 0, failed: 1, seconds: 2.5 }]]),
    });
  });

  it('counts each file, and one that could not be run as a failure', () => {
    const passed = { ...assertion, status: 'passed' };
    const testResults = [
      { name: '/r/a.spec.ts', message: '', ...times, assertionResults: [passed, passed, assertion] },
      { name: '/r/b.spec.ts', message: 'does not compile', ...times, assertionResults: [] },
    ];
    expect(count(result({ testResults }), { root: '/r', minimum: 0 }).files).toEqual(
      new Map([
        ['a.spec.ts', { passed: 2, failed: 1, seconds: 2.5 }],
        ['b.spec.ts', { passed: 0, failed: 1, seconds: 2.5 }],
      ]),
    );
  });

  it('leaves out the lines of a stack that lie in packages', () => {
    const failureMessages = ['expected 2\n    at add (/r/libs/a.ts:1:1)\n    at run (/r/node_modules/jest/run.js:2:2)'];
    const file = {
      name: '/r/a.spec.ts',
      message: 'long',
      ...times,
      assertionResults: [{ ...assertion, failureMessages }],
    };
    expect(count(result({ testResults: [file] }), { root: '/r', minimum: 0 }).failures).toEqual([
      'a.spec.ts: adds\nexpected 2\n    at add (/r/libs/a.ts:1:1)',
    ]);
  });

  it('has a failure if fewer ran than its minimum', () => {
    expect(count(result({ numPassedTests: 2 }), { root: '/r', minimum: 3 })).toMatchObject({
      failed: 1,
      failures: [expect.stringMatching(/ran 2 tests, its committed minimum is 3/)],
    });
  });

  it('does not count skipped tests as run', () => {
    const counted = count(result({ numPassedTests: 2, numPendingTests: 1 }), { root: '/r', minimum: 3 });
    expect(counted).toMatchObject({ failed: 1, skipped: 1 });
  });

  it('has a failure for a file that could not be run at all', () => {
    const file = { name: '/r/a.spec.ts', message: 'Cannot find module', ...times, assertionResults: [] };
    expect(count(result({ testResults: [file] }), { root: '/r', minimum: 0 })).toMatchObject({
      failed: 1,
      failures: ['a.spec.ts\nCannot find module'],
    });
  });
});
