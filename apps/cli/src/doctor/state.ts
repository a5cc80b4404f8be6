import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identityOf } from '@skerry/native/process-identity';
import { locationFileOf } from '@skerry/local/state-folder';
import { type Finding, ok } from './finding.ts';

const NEEDED_MB = 200;

/** The state folder: who holds it, where its parts lie, how much room there is. Takes no lock. */
export const stateFindings = async (path: string): Promise<Finding[]> => [folderFinding(path), roomFinding(path)];

const folderFinding = (path: string): Finding => {
  const what = 'state folder';
  if (!existsSync(path))
    return { verdict: 'missing', what, found: `${path} is not there`, remedy: 'the next start makes it' };
  const location = locationFileOf(path);
  const elsewhere = existsSync(location) ? `; PostgreSQL's part lies in ${readFileSync(location, 'utf8').trim()}` : '';
  return ok(what, `${path}, ${holderText(join(path, 'lock'))}${elsewhere}`);
};

const holderText = (lock: string): string => {
  if (!existsSync(lock)) return 'not in use';
  const { pid, startedAt } = parse(lock);
  const isAlive = pid !== undefined && identityOf(pid)?.startedAt === startedAt;
  return isAlive ? `in use by process ${pid}` : 'left by a process that is gone; the next start takes it over';
};

const parse = (lock: string): { pid?: number; startedAt?: string } => {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as { pid?: number; startedAt?: string };
  } catch {
    return {}; // cut off, or released this moment: nobody holds it
  }
};

const roomFinding = (path: string): Finding => {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const freeMb = Math.floor((bavail * bsize) / 1_048_576);
  const found = `${freeMb} MB free where ${path} lies`;
  if (freeMb >= NEEDED_MB) return ok('room', found);
  return {
    verdict: 'wrong',
    what: 'room',
    found,
    remedy: `free some space: ${NEEDED_MB} MB are needed; or choose another folder`,
  };
};
