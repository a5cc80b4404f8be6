import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from '@skerry/native/process-identity';
import { end, pidsWithEnvironment } from './running.ts';

/** Set in the environment of every child, so that one whose pid file was never written is found too. */
export const stateMark = 'SKERRY_STATE';

interface PidFile extends ProcessIdentity {
  readonly name: string;
  readonly command: string;
  readonly endBy: NodeJS.Signals;
}

/** Writes down a child that has just been started. */
export function writePidFile(stateDir: string, child: PidFile): void {
  mkdirSync(folderOf(stateDir), { recursive: true });
  writeFileSync(fileOf(stateDir, child.name), `${JSON.stringify(child)}\n`);
}

/** Forgets a child that has ended. */
export function removePidFile(stateDir: string, name: string): void {
  rmSync(fileOf(stateDir, name), { force: true });
}

/**
 * Ends every process that an earlier, killed owner of this state folder left behind, and says which. A pid that belongs
 * to another process by now is left alone. Call it only while holding the folder's lock.
 */
export async function endLeftovers(stateDir: string): Promise<string[]> {
  const left = readPidFiles(stateDir).filter((child) => isAlive(child));
  await Promise.all(left.map((child) => end(child, { by: child.endBy, graceMs: 10_000 })));
  const unwritten = pidsWithEnvironment(stateMark, stateDir).flatMap((pid) => identityOf(pid) ?? []);
  await Promise.all(unwritten.map((child) => end(child, { by: 'SIGTERM', graceMs: 5_000 })));
  rmSync(folderOf(stateDir), { recursive: true, force: true });
  return [...left.map((child) => `${child.name} (${child.pid})`), ...unwritten.map(({ pid }) => `process ${pid}`)];
}

function readPidFiles(stateDir: string): PidFile[] {
  return namesIn(folderOf(stateDir)).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folderOf(stateDir), name), 'utf8')) as PidFile];
    } catch {
      return []; // cut off while being written: that process is found by its environment
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const folderOf = (stateDir: string): string => join(stateDir, 'pids');
const fileOf = (stateDir: string, name: string): string => join(folderOf(stateDir), `${name}.json`);
