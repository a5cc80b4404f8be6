import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Outcome of one attempt: held by us, or by a live process. */
export type LockAttempt =
  | { readonly held: true; readonly tookOverFrom?: number; release(): void }
  | { readonly held: false; readonly holder: ProcessIdentity };

let attempts = 0;

/**
 * Tries once to take the lock file. A lock whose process is dead is taken over; a live one is never touched. The file
 * appears with its content (link, not open), so that nobody ever reads a half-written one.
 */
export function tryLock(path: string): LockAttempt {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify(identityOf(process.pid));
  const draft = `${path}.${process.pid}.${(attempts += 1)}`;
  writeFileSync(draft, mine, { mode: 0o644 });
  try {
    return takeWith(draft, path, mine);
  } finally {
    rmSync(draft, { force: true });
  }
}

function takeWith(draft: string, path: string, mine: string): LockAttempt {
  const release = (): void => {
    if (readOrNothing(path) === mine) rmSync(path, { force: true });
  };
  let tookOverFrom: number | undefined;
  for (;;) {
    if (linked(draft, path)) return { held: true, tookOverFrom, release };
    const seen = readOrNothing(path);
    if (seen === undefined) continue; // released meanwhile
    const holder = parse(seen);
    if (holder !== undefined && isAlive(holder)) return { held: false, holder };
    if (removeStale(path, seen)) tookOverFrom = holder?.pid ?? 0;
  }
}

/** Renames before deleting: of two who see the same dead lock, the slower would else delete the quicker one's new lock. */
function removeStale(path: string, seen: string): boolean {
  const aside = `${path}.stale.${process.pid}.${(attempts += 1)}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const wasStale = readFileSync(aside, 'utf8') === seen;
  if (!wasStale) linked(aside, path); // a live one was caught by the race: put it back
  rmSync(aside, { force: true });
  return wasStale;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof value.pid === 'number' && typeof value.startedAt === 'string'
      ? { pid: value.pid, startedAt: value.startedAt }
      : undefined;
  } catch {
    return undefined; // not ours or cut off: counts as a dead process's lock
  }
}
