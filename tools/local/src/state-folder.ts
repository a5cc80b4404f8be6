import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tryLock } from '@skerry/native/lock';
import { ToolFailure } from '@skerry/native/tool-failure';
import { requireSpace } from './disk-space.ts';
import { endLeftovers } from './pid-files.ts';

/** A state folder that this process owns until it releases it. */
export interface StateFolder {
  readonly path: string;
  release(): void;
}

export interface OpenOptions {
  readonly path: string;
  /** Throw away what is there and begin anew. */
  readonly fresh?: boolean;
  /** Gets a line for people: what was taken over, ended or removed. */
  readonly report?: (line: string) => void;
}

/** Written when a part is whole. A part without it was cut in the middle of being made. */
const wholeMark = 'complete';
const elsewherePrefix = 'skerry-';

/**
 * Takes the folder for this process alone: makes it, locks it, ends what a killed owner left running. A live owner is
 * named in the error and left alone.
 */
export async function openState(options: OpenOptions): Promise<StateFolder> {
  const path = made(options.path);
  const lock = tryLock(join(path, 'lock'));
  if (!lock.held) {
    const remedy = `stop it (Ctrl-C in its terminal, or \`kill ${lock.holder.pid}\`), or choose another state folder`;
    throw new ToolFailure(`${path} is in use by process ${lock.holder.pid}`, remedy);
  }
  try {
    if (lock.tookOverFrom !== undefined) {
      options.report?.(`${path}: took over the lock of process ${lock.tookOverFrom}, which is gone`);
    }
    for (const left of await endLeftovers(path))
      options.report?.(`ended ${left}, left over from a start that was killed`);
    if (options.fresh === true) clear(path);
    await requireSpace(path);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { path, release: () => lock.release() };
}

/** Whether the part in `folder` was made to its end. */
export const isWhole = (folder: string): boolean => existsSync(join(folder, wholeMark));

/** Says that the part in `folder` is whole now. */
export const markWhole = (folder: string): void => writeFileSync(join(folder, wholeMark), '');

/** Makes `folder` ready to be built: what a cut start left there is removed, with a message. */
export function clearHalfWritten(folder: string, report?: (line: string) => void): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    report?.(`${folder} was left half-written: building it anew`);
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true });
}

/** The file that names the folder outside where PostgreSQL's part lies. */
export const locationFileOf = (stateDir: string): string => join(stateDir, 'location');

function made(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = code === 'ENOSPC' ? 'free some space' : 'choose a state folder that you may write';
    throw new ToolFailure(`cannot make the state folder ${path} (${code})`, remedy, { cause: error });
  }
}

/** Removes everything but the lock, and the part that lies elsewhere. */
function clear(path: string): void {
  const location = locationFileOf(path);
  if (existsSync(location)) {
    const elsewhere = readFileSync(location, 'utf8').trim();
    // The file could have been edited: remove nothing that does not look like ours.
    if (basename(elsewhere).startsWith(elsewherePrefix) && dirname(elsewhere) === '/var/tmp') {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  }
  // Members of both kinds too: what they hold carries uids that a new hub would take for somebody else's.
  for (const part of ['location', 'postgres', 'nats', 'members', 'members-sim', 'hub'])
    rmSync(join(path, part), { recursive: true, force: true });
}
