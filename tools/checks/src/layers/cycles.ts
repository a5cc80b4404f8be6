import { posix } from 'node:path';
import type { Finding, Repository } from './judge-imports.ts';

/** Finds circles of files that import each other, types included: who reads one must then read all. Each is told once. */
export function findCycles(repository: Repository): Finding[] {
  const graph = graphOf(repository);
  const done = new Set<string>();
  const findings: Finding[] = [];
  for (const path of [...graph.keys()].sort()) walk(path, { graph, done, trail: [], findings });
  return findings;
}

interface Walk {
  readonly graph: ReadonlyMap<string, readonly string[]>;
  readonly done: Set<string>;
  readonly trail: string[];
  readonly findings: Finding[];
}

function walk(path: string, state: Walk): void {
  const at = state.trail.indexOf(path);
  if (at >= 0) {
    const circle = [...state.trail.slice(at), path];
    state.findings.push({ path, problem: `is in a circle of imports: ${circle.join(' → ')}` });
    return;
  }
  if (state.done.has(path)) return;
  state.trail.push(path);
  for (const next of state.graph.get(path) ?? []) walk(next, state);
  state.trail.pop();
  state.done.add(path);
}

function graphOf({ files, packages }: Repository): Map<string, string[]> {
  const known = new Set(files.map(({ path }) => path));
  const folders = new Map(packages.map(({ name, folder }) => [name, folder]));
  const resolve = (from: string, specifier: string): string | undefined => {
    if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
    const [scope, name, ...rest] = specifier.split('/');
    const folder = folders.get(`${scope}/${name}`);
    return folder === undefined ? undefined : `${folder}/src/${rest.join('/')}.ts`;
  };
  return new Map(
    files.map(({ path, imports }) => [
      path,
      imports
        .map((specifier) => resolve(path, specifier))
        .filter((target) => target !== undefined && known.has(target)),
    ]),
  ) as Map<string, string[]>;
}
