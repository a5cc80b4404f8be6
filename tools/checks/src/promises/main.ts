import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSuite, type Suite, suites } from '../run/suites.ts';
import { filesOf, PAGE } from './named-tests.ts';
import { recordResults } from './record-results.ts';

// Runs the tests that the page of promises names, or those whose path holds one of the arguments, and writes what they came to.
const root = join(import.meta.dirname, '../../../..');
const read = (): string => readFileSync(join(root, PAGE), 'utf8');
const wanted = process.argv.slice(2);
const paths = filesOf(read()).filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));

const suiteOf = (path: string) => {
  const ends: Readonly<Record<Suite['name'], string>> = {
    simulation: 'simulation.e2e.ts',
    e2e: '.e2e.ts',
    integration: '.int.spec.ts',
    unit: '.spec.ts',
  };
  const name = Object.keys(ends).find((one) => path.endsWith(ends[one as Suite['name']]));
  return suites.find((suite) => suite.name === name)!;
};

for (const path of paths) {
  const suite = { ...suiteOf(path), jestArguments: ['--runInBand', path] };
  const { passed, failed, failures } = await runSuite(suite, { root, minimum: 1, env: {} });
  console.log(`${path}: ${passed} passed, ${failed} failed`);
  for (const failure of failures) console.log(failure);
  if (failed > 0) process.exitCode = 1;
  recordResults(root, new Map([[path, { passed, failed }]]));
}
