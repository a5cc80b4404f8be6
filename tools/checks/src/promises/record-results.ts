import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileCounts } from '../run/tally.ts';
import { filesOf, PAGE, type Result, resultsOf, withResults } from './named-tests.ts';

/** Writes into the page of promises what those files came to that it names. */
export const recordResults = (root: string, counts: ReadonlyMap<string, Omit<FileCounts, 'seconds'>>): void => {
  const page = readFileSync(join(root, PAGE), 'utf8');
  const date = new Date().toISOString().slice(0, 10);
  const results = new Map<string, Result>(resultsOf(page));
  for (const path of filesOf(page)) {
    const counted = counts.get(path);
    if (counted) results.set(path, { passed: counted.passed, failed: counted.failed, date });
  }
  writeFileSync(join(root, PAGE), withResults(page, results));
};
