import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCycles } from './cycles.ts';
import { judgeImports, type Finding, type Repository, type WorkspacePackage } from './judge-imports.ts';
import { forbiddenWords } from './rules.ts';
import { readSource } from './source-file.ts';

const sources = [
  'libs/*/src/**/*.ts',
  'services/*/src/**/*.ts',
  'apps/*/src/**/*.ts',
  'tools/*/src/**/*.ts',
  'e2e/**/*.ts',
  'bench/**/*.ts',
];

/**
 * Checks a repository against the layers: who imports whom, declared dependencies, circles, names of files and folders.
 * What can be seen in one file alone (clock, timers, default exports, sizes) is in .oxlintrc.json.
 */
export function checkLayers(root: string): Finding[] {
  const repository = readRepository(root);
  return [
    ...repository.files.flatMap((file) => judgeImports(file, repository)),
    ...findCycles(repository),
    ...repository.files.flatMap(({ path }) => judgeName(path)),
  ].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function judgeName(path: string): Finding[] {
  const words = path.replace(/\.ts$/, '').split(/[/.-]/);
  const found = words.find((word) => forbiddenWords.includes(word.toLowerCase()));
  return found === undefined ? [] : [{ path, problem: `is named "${found}", which does not say what it is for` }];
}

function readRepository(root: string): Repository {
  const paths = globSync(sources, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    // Generated code is not ours to arrange.
    .filter((path) => !/(^|\/)(node_modules|dist|generated)\//.test(path));
  return {
    files: paths.map((path) => readSource(path, readFileSync(join(root, path), 'utf8'))),
    packages: globSync(['{libs,services,apps,tools}/*/package.json', '{e2e,bench}/package.json'], { cwd: root }).map(
      (path) => readPackage(root, path),
    ),
    rootDevDependencies: new Set(Object.keys(readManifest(root, 'package.json').devDependencies ?? {})),
  };
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

function readPackage(root: string, path: string): WorkspacePackage {
  const { name, dependencies = {}, devDependencies = {} } = readManifest(root, path);
  return {
    name,
    folder: path.replace(/\/package\.json$/, ''),
    dependencies: new Set(Object.keys(dependencies)),
    devDependencies: new Set(Object.keys(devDependencies)),
  };
}

const readManifest = (root: string, path: string): Manifest =>
  JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
