import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { locate } from '@skerry/native/locate';
import { generate, type Generated } from './generate.ts';
import { RepositoryCopy } from './repository-copy.spec-support.ts';

jest.setTimeout(120_000);

const TSC = 'node_modules/typescript/bin/tsc';
const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--selectProjects', 'unit'];
const RESULT = 'result.json';

let copy: RepositoryCopy;
const made: Generated[] = [];
beforeAll(async () => {
  copy = new RepositoryCopy();
  for (const words of ['service tide-tables', 'aggregate profile', 'plugin scheduling quiet-hours']) {
    made.push(await generate(copy.path, words.split(' ')));
  }
  copy.link('services/tide-tables');
  await copy.node('node_modules/@bufbuild/buf/bin/buf', 'generate');
  await copy.node(TSC, '-b', 'apps/all-in-one', 'libs/testing', 'tools/checks');
});
afterAll(() => copy.remove());

/** Names and outcomes of the tests of these files. */
const run = async (...files: readonly string[]): Promise<Record<string, string>> => {
  await copy.node(...JEST, '--json', `--outputFile=${RESULT}`, ...files);
  const { testResults } = JSON.parse(copy.read(RESULT));
  const all = testResults.flatMap(({ assertionResults }: any) => assertionResults);
  return Object.fromEntries(all.map(({ fullName, status }: any) => [fullName, status]));
};

describe('one of each, generated into a copy of this repository', () => {
  it('is built with all else, and its own specs pass', async () => {
    const outcomes = await run('services/tide-tables', 'libs/domain/src/profile', 'plugins/quiet-hours');
    expect(Object.keys(outcomes).length).toBe(2 + 3 + 3);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['passed']));
  });

  it('fits into what is there: other specs of the places where it was registered pass too', async () => {
    const outcomes = await run('apps/all-in-one/src/fleet/processes', 'libs/engines/src/scheduling', 'libs/kernel');
    expect(Object.values(outcomes).filter((status) => status !== 'passed')).toEqual([]);
    expect(Object.keys(outcomes)).toContain('the list of processes tide-tables has a source of its main');
  });

  it('keeps the layers, the lint, the types of specs and the format', async () => {
    expect(await copy.node('--conditions=source', 'tools/checks/src/layers/main.ts')).toContain('The layers hold.');
    const paths = made.flatMap(({ paths: all }) => all);
    const code = paths.filter((path) => path.endsWith('.ts'));
    await copy.node('node_modules/oxlint/bin/oxlint', ...code);
    await copy.node(
      'node_modules/prettier/bin/prettier.cjs',
      '--check',
      ...paths.filter((path) => !path.endsWith('.proto')),
    );
    expect(await copy.node('node_modules/@bufbuild/buf/bin/buf', 'lint')).toBe('');
    expect(await copy.node(TSC, '-p', 'tsconfig.spec.json')).toBe('');
  });

  it('has its place in the chart', async () => {
    const { helm } = await locate(['helm']);
    const set = ['--set', 'nats.url=nats://n:4222,processes.tide-tables.replicas=3'];
    const { stdout } = await promisify(execFile)(helm.path, ['template', 'hub', 'deploy/chart', ...set], {
      cwd: copy.path,
    });
    expect(stdout).toMatch(
      /kind: Deployment\nmetadata:\n {2}name: hub-tide-tables\n(?:(?!---).*\n)*? {2}replicas: 3\n/,
    );
  });

  it('is registered everywhere once, in order', () => {
    expect(copy.read('libs/engines/src/scheduling/plugins/index.ts')).toContain(
      '[apiServed, clusterMatch, joined, quietHours, taints]',
    );
    expect(copy.read('libs/domain/src/codec.ts').match(/ProfileDecidedSchema/g)).toHaveLength(2);
    expect(copy.read('apps/all-in-one/src/hub/hub.module.ts').match(/TideTablesService/g)).toHaveLength(2);
    expect(readdirSync(join(copy.path, 'services/tide-tables')).sort()).toEqual([
      'README.md',
      'dist',
      'package.json',
      'src',
      'tsconfig.json',
    ]);
  });

  it('says what is left to do', () => {
    expect(made.map(({ left }) => left.length > 1)).toEqual([true, true, true]);
  });
});

describe('nothing is generated', () => {
  const refused = (words: string) => generate(copy.path, words.split(' ')).catch((error: Error) => error.message);

  it.each([
    ['gateway harbour', /cannot generate "gateway harbour" — use service <name> · aggregate/],
    ['service', /use service <name>/],
    ['service Harbour', /"Harbour" is no name — use lower-case words/],
    ['service harbour-helper', /"helper" says nothing about what it is for/],
    ['service tide-tables', /services\/tide-tables\/\S+ is there already/],
    ['aggregate weather', /the store has no category "weather" — use one of manifest, /],
    ['plugin rendering colour', /engine "rendering" takes no plug-ins — those that do: scheduling/],
  ])('for %s', async (words, message) => {
    expect(await refused(words)).toMatch(message);
  });

  it('in part: an edit that does not find its place leaves all as it was', async () => {
    const before = copy.read('tsconfig.json');
    const place = 'libs/adapters/src/jetstream/permissions.ts';
    await copy.node('-e', `const fs = require('node:fs'); fs.writeFileSync('${place}', '// nothing')`);
    expect(await refused('service lighthouse')).toMatch(
      /permissions\.ts has no single place .* — tools\/generate has fallen behind/,
    );
    expect([
      copy.read('tsconfig.json') === before,
      readdirSync(join(copy.path, 'services')).includes('lighthouse'),
    ]).toEqual([true, false]);
  });
});
