import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { build, withoutTool } from './build.ts';
import { cacheFileOf, cacheFolderOf } from './cache.ts';
import { download } from './download.ts';
import type { Environment } from './environment.ts';
import { tryLock } from './lock.ts';
import { programs, type Program, type ProgramName, testPrograms } from './programs.ts';
import { toolOf } from './recipes.ts';
import { search, settingOf, type Located, type SearchStep } from './search.ts';
import { ToolFailure } from './tool-failure.ts';

export interface LocateOptions {
  /** Gets a line for people at each step that takes time. */
  readonly report?: (line: string) => void;
  /** Default: `process.env`. */
  readonly environment?: Environment;
  /** Never ask the network. Default: whether SKERRY_OFFLINE is set. */
  readonly offline?: boolean;
}

/** What is known of one program without making anything. */
export interface Inspection {
  readonly name: ProgramName;
  readonly wanted: string;
  readonly found?: Located;
  readonly steps: readonly SearchStep[];
  /** What to do if it is missing. */
  readonly remedy: string;
}

const waitMs = 60 * 60_000;

/**
 * Finds each program, and gets what is missing: setting → PATH → cache → download → build. Two processes that want the
 * same program do the work once. What was made stays in the cache, so a cut run goes on where it was.
 */
export async function locate<Name extends ProgramName>(
  names: readonly Name[],
  options: LocateOptions = {},
): Promise<Record<Name, Located>> {
  const found: Partial<Record<Name, Located>> = {};
  // One after another: two Go builds at once take as long and twice the memory.
  for (const name of names) found[name] = await locateOne(programs[name], options);
  return found as Record<Name, Located>;
}

/** Says of each program where it is, or how to get it. Makes nothing and asks no network. */
export async function inspect(
  names: readonly ProgramName[],
  options: Pick<LocateOptions, 'environment'> = {},
): Promise<Inspection[]> {
  const environment = options.environment ?? process.env;
  return Promise.all(
    names.map(async (name) => {
      const program = programs[name];
      const getter = testPrograms.some((one) => one === name) ? 'npm test' : 'start';
      const remedy = `the next ${getter} gets it (about ${program.buildSeconds} s to build), or ${withoutTool(program, settingOf(program))}`;
      return { name, wanted: program.version, remedy, ...(await inspectOne(program, environment)) };
    }),
  );
}

async function inspectOne(program: Program, environment: Environment): Promise<Pick<Inspection, 'found' | 'steps'>> {
  try {
    return await search(program, environment);
  } catch (error) {
    if (error instanceof ToolFailure) return { steps: [{ step: 'setting', outcome: error.message }] };
    throw error;
  }
}

async function locateOne(program: Program, options: LocateOptions): Promise<Located> {
  const environment = options.environment ?? process.env;
  const { found } = await search(program, environment);
  return found ?? make(program, { ...options, environment });
}

async function make(program: Program, options: LocateOptions & { environment: Environment }): Promise<Located> {
  const folder = cacheFolderOf(options.environment);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new ToolFailure(`cannot make the cache folder ${folder}`, 'set SKERRY_CACHE to a folder that you may write', {
      cause: error,
    });
  });
  const release = await lockFor(program, options);
  try {
    // Another process may have made it while we waited.
    return (await search(program, options.environment)).found ?? (await fetchOrBuild(program, options));
  } finally {
    release();
  }
}

async function lockFor(program: Program, options: LocateOptions & { environment: Environment }): Promise<() => void> {
  const path = `${cacheFileOf(program, options.environment)}.lock`;
  const end = Date.now() + waitMs;
  for (let told = false; ; told = true) {
    const attempt = tryLock(path);
    if (attempt.held) return () => attempt.release();
    if (!told) options.report?.(`${program.name}: process ${attempt.holder.pid} is getting it, waiting`);
    if (Date.now() > end) {
      throw new ToolFailure(`process ${attempt.holder.pid} holds ${path} for an hour`, `end it or remove ${path}`);
    }
    await delay(250);
  }
}

async function fetchOrBuild(program: Program, options: LocateOptions & { environment: Environment }): Promise<Located> {
  const { environment, report } = options;
  const offline = options.offline ?? Boolean(environment['SKERRY_OFFLINE']);
  const target = cacheFileOf(program, environment);
  const done = async (source: 'download' | 'build'): Promise<Located> => {
    await writeFile(`${target}.json`, `${JSON.stringify({ source, version: program.version })}\n`);
    return { path: target, version: program.version, source };
  };
  if (program.download !== undefined && !offline) {
    report?.(`${program.name} ${program.version}: downloading ${program.download.url}`);
    try {
      await download(program.download, target);
      return await done('download');
    } catch (error) {
      report?.(`${program.name}: no download (${(error as Error).message}); building it`);
    }
  }
  await buildWithProgress(program, { target, environment, offline, report });
  return done('build');
}

async function buildWithProgress(
  program: Program,
  to: { target: string; environment: Environment; offline: boolean; report: LocateOptions['report'] },
): Promise<void> {
  const begun = Date.now();
  const seconds = (): number => Math.round((Date.now() - begun) / 1000);
  to.report?.(
    `${program.name} ${program.version}: ${toolOf(program).command}, up to about ${program.buildSeconds} s on two cores`,
  );
  const beat = setInterval(() => to.report?.(`${program.name}: still building, ${seconds()} s`), 15_000);
  try {
    await build(program, to);
    to.report?.(`${program.name}: built in ${seconds()} s`);
  } catch (error) {
    const missing = `${toolOf(program).name} is not installed`;
    if ((error as Error).message.startsWith(missing)) {
      throw new ToolFailure(`${program.name} is missing and ${missing}`, withoutTool(program, settingOf(program)));
    }
    throw error;
  } finally {
    clearInterval(beat);
  }
}
