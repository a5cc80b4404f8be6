import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { cacheFileOf } from './cache.ts';
import type { Environment } from './environment.ts';
import type { Program } from './programs.ts';
import { jarsOf } from './recipes.ts';
import { ToolFailure } from './tool-failure.ts';
import { isAccepted, versionOf } from './version.ts';

/** Where a program came from, in the order of the search. */
export type Source = 'setting' | 'path' | 'cache' | 'download' | 'build';

/** A program that can be started. */
export interface Located {
  readonly path: string;
  readonly version: string;
  readonly source: Source;
}

/** What one step of the search saw; `skerry doctor` prints these. */
export interface SearchStep {
  readonly step: 'setting' | 'path' | 'cache';
  readonly outcome: string;
}

export interface SearchResult {
  readonly found?: Located;
  readonly steps: readonly SearchStep[];
}

/** The name of the setting that names one program's file: `SKERRY_NATIVE_KUBE_APISERVER`. */
export function settingOf(program: Program): string {
  return `SKERRY_NATIVE_${program.name.toUpperCase().replaceAll('-', '_')}`;
}

/** Looks for a program that is on this machine already: setting → PATH → cache. Makes nothing. */
export async function search(program: Program, environment: Environment): Promise<SearchResult> {
  const steps: SearchStep[] = [];
  for (const look of [bySetting, onPath, inCache]) {
    const { step, found } = await look(program, environment);
    steps.push(step);
    if (found !== undefined) return { found, steps };
  }
  return { steps };
}

interface Look {
  readonly step: SearchStep;
  readonly found?: Located;
}

async function bySetting(program: Program, environment: Environment): Promise<Look> {
  const setting = settingOf(program);
  const named = environment[setting];
  const folder = environment['SKERRY_NATIVE_DIR'];
  const path = named || (folder ? join(folder, program.name) : undefined);
  if (path === undefined) return { step: { step: 'setting', outcome: `${setting} and SKERRY_NATIVE_DIR not set` } };
  if (!(await isProgram(path))) {
    // A folder may hold only some of the programs; a named file must be there.
    if (!named) return { step: { step: 'setting', outcome: `not in SKERRY_NATIVE_DIR=${folder}` } };
    throw new ToolFailure(`${setting}=${path} is no executable file`, `correct or unset ${setting}`);
  }
  const version = (await versionOf(program, path)) ?? 'unknown';
  return { step: { step: 'setting', outcome: path }, found: { path, version, source: 'setting' } };
}

async function onPath(program: Program, environment: Environment): Promise<Look> {
  const refused: string[] = [];
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program.name);
    if (!isAbsolute(folder) || !(await isProgram(path))) continue;
    const version = await versionOf(program, path);
    if (version !== undefined && isAccepted(program, version)) {
      return { step: { step: 'path', outcome: path }, found: { path, version, source: 'path' } };
    }
    refused.push(`${path} is ${version ?? 'of unknown version'}`);
  }
  const wanted = `wanted ≥ ${program.accepts.from} and < ${program.accepts.below}`;
  return {
    step: { step: 'path', outcome: refused.length === 0 ? 'not on PATH' : `${refused.join(', ')}; ${wanted}` },
  };
}

async function inCache(program: Program, environment: Environment): Promise<Look> {
  const path = cacheFileOf(program, environment);
  const isWhole = (await isProgram(path)) && (program.recipe.way !== 'maven' || (await isFolder(jarsOf(path))));
  if (!isWhole) return { step: { step: 'cache', outcome: `no ${path}` } };
  return { step: { step: 'cache', outcome: path }, found: { path, version: program.version, source: 'cache' } };
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false, // absent or closed to us: made anew
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // absent, closed to us, or not executable: no program for us in each case
  }
}
