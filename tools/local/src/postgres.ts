import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identityOf } from '@skerry/native/process-identity';
import { requireFree } from './free-port.ts';
import { openCluster, superUser, type Cluster } from './postgres-cluster.ts';
import { endLeftovers } from './pid-files.ts';
import { end, pidsWorkingIn } from './running.ts';
import { Supervisor, type Child } from './supervisor.ts';
import { untilReady } from './until-ready.ts';

export interface PostgresOptions {
  /** Where PostgreSQL's part of the state lies; made if absent, continued if whole. */
  readonly dir: string;
  /** Who keeps the pid files. Default: one of its own, with `dir` as its state folder. */
  readonly supervisor?: Supervisor;
  /** Names the folder where the data lies when it cannot be in `dir`. Default `<dir>.location`, beside it. */
  readonly locationFile?: string;
  /** Default: a free one at the first start, the same one afterwards. */
  readonly port?: number;
  /** False (tests that do not speak of durability): no fsync at all, commits do not wait. Default true. */
  readonly durable?: boolean;
  /** More settings, as `{ max_connections: '200' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More variables for the server, e.g. to give it another clock; for tests. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly report?: (line: string) => void;
}

/** A PostgreSQL server on loopback, with one superuser that has a password. */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `postgresql://user:password@host:port/database`. Never log it. */
  readonly url: string;
  readonly dataDir: string;
  /** The postmaster's. */
  pid(): number;
  /** SIGKILL to the postmaster; returns when all its processes are gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, also after `kill`. Returns when it accepts connections. */
  restart(): Promise<void>;
  /** Fast shutdown: open transactions are rolled back, all that was committed is written. */
  stop(): Promise<void>;
  /** Stops it and removes all its files, also those that lie elsewhere; for tests. */
  discard(): Promise<void>;
}

/** Starts PostgreSQL and returns when it accepts connections. The first start in `dir` takes about a second more. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  mkdirSync(dirname(options.dir), { recursive: true });
  const dir = join(realpathSync(dirname(options.dir)), options.dir.split('/').at(-1)!);
  const durable = options.durable ?? true;
  const locationFile = options.locationFile ?? `${dir}.location`;
  // A supervisor of our own: nobody else has looked for what a killed run left here.
  if (options.supervisor === undefined) await endLeftovers(dir);
  const cluster = await openCluster({ ...options, dir, durable, locationFile });
  const supervisor = options.supervisor ?? new Supervisor(dir);
  const start = (): Promise<Child> => startServer(cluster, { options, dir, supervisor });
  let child = await start();
  const stop = async (): Promise<void> => {
    await child.stop();
    if (options.supervisor === undefined) await supervisor.close();
  };
  return {
    ...addressOf(cluster),
    pid: () => child.pid,
    kill: async () => {
      await child.kill();
      await endWorkersOf(cluster);
    },
    restart: async () => {
      await child.stop();
      child = await start();
    },
    stop,
    discard: async () => {
      await stop();
      // The data lies in `dir` itself or in a folder of its own elsewhere, which goes with it.
      for (const path of [dirname(cluster.dataDir), dir, locationFile]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function addressOf({ port, password, dataDir }: Cluster) {
  const url = `postgresql://${superUser}:${password}@127.0.0.1:${port}/postgres`;
  return { host: '127.0.0.1', port, user: superUser, password, database: 'postgres', url, dataDir };
}

interface How {
  readonly options: PostgresOptions;
  readonly dir: string;
  readonly supervisor: Supervisor;
}

async function startServer(cluster: Cluster, how: How): Promise<Child> {
  await endWorkersOf(cluster);
  await requireFree(cluster.port, 'PostgreSQL');
  const logFile = join(how.dir, 'postgres.log');
  const child = how.supervisor.start({
    name: 'postgres',
    command: cluster.programs.postgres,
    args: [
      '-D',
      cluster.dataDir,
      ...settingsOf(cluster, how.options).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...how.options.environment },
    cwd: cluster.dataDir,
    user: cluster.user,
    logFile,
    endBy: 'SIGINT',
    graceMs: 10_000,
  });
  const readyFile = join(cluster.dataDir, 'postmaster.pid');
  return untilReady(child, {
    what: 'PostgreSQL accepts connections',
    deadlineMs: 60_000, // recovery after a crash replays the log first
    logFile,
    check: () => (isReady(readyFile, child.pid) ? true : undefined),
  });
}

function settingsOf(cluster: Cluster, options: PostgresOptions): [string, string][] {
  const durable = options.durable ?? true;
  return Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(cluster.port),
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    log_min_messages: 'warning',
    ...options.settings,
  });
}

/** The server's own word: line 1 is its pid, line 8 its state. */
function isReady(file: string, pid: number): boolean {
  if (!existsSync(file)) return false;
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

/**
 * What a killed postmaster leaves hinders the next one: its workers hold the shared memory, and its pid file may name a
 * pid that another process of the same user has by now. They are known by their working folder.
 */
async function endWorkersOf({ dataDir }: Cluster): Promise<void> {
  const left = pidsWorkingIn(dataDir).flatMap((pid) => identityOf(pid) ?? []);
  await Promise.all(left.map((worker) => end(worker, { by: 'SIGQUIT', graceMs: 3_000 })));
  if (process.platform === 'linux') rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}
