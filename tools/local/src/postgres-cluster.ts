import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ToolFailure } from '@skerry/native/tool-failure';
import { freePort } from './free-port.ts';
import {
  dataHome,
  makeOwned,
  postgresPrograms,
  postgresUser,
  type PostgresPrograms,
  type PostgresUser,
} from './postgres-home.ts';
import { clearHalfWritten, isWhole, markWhole } from './state-folder.ts';

export const superUser = 'skerry';

/** A data folder that is initialised, and how to reach the server that runs on it. */
export interface Cluster {
  readonly dataDir: string;
  readonly port: number;
  readonly password: string;
  readonly user: PostgresUser | undefined;
  readonly programs: PostgresPrograms;
}

export interface ClusterOptions {
  /** PostgreSQL's part of the state folder: password, port, log and (unless its user cannot get there) the data. */
  readonly dir: string;
  /** Names the folder where the data lies if not in `dir`. */
  readonly locationFile: string;
  readonly port?: number;
  /** False: the files are not synced to disk when made; for tests. */
  readonly durable: boolean;
  readonly report?: (line: string) => void;
}

/** Finds the cluster of an earlier start, or makes it: initdb with a random password, loopback only. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const user = postgresUser();
  const programs = await postgresPrograms(user);
  const known = isWhole(options.dir) ? read(options) : undefined;
  if (known !== undefined) return { ...known, user, programs };
  return initialise(options, { user, programs });
}

interface Who {
  readonly user: PostgresUser | undefined;
  readonly programs: PostgresPrograms;
}

async function initialise(options: ClusterOptions, { user, programs }: Who): Promise<Cluster> {
  clearHalfWritten(options.dir, options.report);
  const home = dataHome(options.dir, user);
  const dataDir = join(home, 'data');
  rmSync(dataDir, { recursive: true, force: true });
  makeOwned(dataDir, user);
  if (home !== options.dir) {
    writeFileSync(options.locationFile, `${home}\n`);
    options.report?.(`PostgreSQL's part lies in ${home}: its user cannot get into ${options.dir}`);
  }
  const password = randomBytes(24).toString('base64url');
  const port = options.port ?? (await freePort());
  writeFileSync(join(options.dir, 'password'), password, { mode: 0o600 });
  writeFileSync(join(options.dir, 'cluster.json'), JSON.stringify({ dataDir, port }));
  await initdb({ dataDir, port, password, user, programs }, { home, durable: options.durable });
  markWhole(options.dir);
  return { dataDir, port, password, user, programs };
}

async function initdb(cluster: Cluster, how: { home: string; durable: boolean }): Promise<void> {
  const { user } = cluster;
  const passwordFile = join(how.home, '.initdb-password');
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  try {
    await promisify(execFile)(
      cluster.programs.initdb,
      [
        `--pgdata=${cluster.dataDir}`,
        `--username=${superUser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        ...(how.durable ? [] : ['--no-sync']),
      ],
      { ...user, cwd: cluster.dataDir, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, timeout: 120_000 },
    );
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error).trim();
    const remedy = /No space left/.test(said)
      ? 'free some space, or choose another state folder'
      : 'see the message; `--fresh` begins anew';
    throw new ToolFailure(`initdb failed: ${said}`, remedy, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function read(options: ClusterOptions): Pick<Cluster, 'dataDir' | 'port' | 'password'> | undefined {
  const written = JSON.parse(readFileSync(join(options.dir, 'cluster.json'), 'utf8')) as {
    dataDir: string;
    port: number;
  };
  // /var/tmp may have been emptied: then there is nothing to go on from.
  if (!existsSync(join(written.dataDir, 'PG_VERSION'))) return undefined;
  const password = readFileSync(join(options.dir, 'password'), 'utf8');
  return { dataDir: written.dataDir, port: options.port ?? written.port, password };
}
