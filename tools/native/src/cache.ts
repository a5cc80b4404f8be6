import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Program } from './programs.ts';
import type { Environment } from './environment.ts';

/** The folder of programs that were downloaded or built, one per user: `SKERRY_CACHE`, else `~/.cache/skerry`. */
export function cacheFolderOf(environment: Environment): string {
  const root =
    environment['SKERRY_CACHE'] || join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'skerry');
  return join(root, 'native');
}

/** The file of a program in the cache. It appears by rename, so what is there is whole. */
export function cacheFileOf(program: Program, environment: Environment): string {
  return join(cacheFolderOf(environment), `${program.name}-${program.version}`);
}
