import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { locate } from '@skerry/native/locate';
import { freePort, requireFree } from './free-port.ts';
import { natsConfiguration, type NatsUser } from './nats-configuration.ts';
import { endLeftovers } from './pid-files.ts';
import { clearHalfWritten, isWhole, markWhole } from './state-folder.ts';
import { Supervisor, type Child } from './supervisor.ts';
import { untilReady } from './until-ready.ts';

export interface NatsOptions {
  /** Where its part of the state lies; made if absent, continued if whole. */
  readonly dir: string;
  /** Who keeps the pid files. Default: one of its own, with `dir` as its state folder. */
  readonly supervisor?: Supervisor;
  /** Default: a free one at the first start, the same one afterwards. */
  readonly port?: number;
  /** Default: one user `skerry` that may do everything, its password made at the first start. */
  readonly users?: readonly NatsUser[];
  /** JetStream's file storage. Default 4 GiB. */
  readonly maxFileBytes?: number;
  readonly syncAlways?: boolean;
  readonly report?: (line: string) => void;
}

/** A NATS server with JetStream on loopback. */
export interface Nats {
  readonly port: number;
  /** `nats://127.0.0.1:port`, without credentials. */
  readonly url: string;
  readonly users: readonly NatsUser[];
  readonly storeDir: string;
  pid(): number;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Removes all that JetStream stored. Kill or stop it first. */
  deleteStorage(): void;
  /** Starts it again on the same port and storage. Returns when JetStream is up. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts NATS and returns when JetStream is up. */
export async function startNats(options: NatsOptions): Promise<Nats> {
  const { path } = (await locate(['nats-server'], { report: options.report }))['nats-server'];
  // A supervisor of our own: nobody else has looked for what a killed run left here.
  if (options.supervisor === undefined && existsSync(options.dir)) await endLeftovers(realpathSync(options.dir));
  const known = await open(options);
  const supervisor = options.supervisor ?? new Supervisor(known.dir);
  const start = (): Promise<Child> => startServer(path, { known, supervisor });
  let child = await start();
  return {
    port: known.port,
    url: `nats://127.0.0.1:${known.port}`,
    users: known.users,
    storeDir: known.storeDir,
    pid: () => child.pid,
    kill: () => child.kill(),
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    deleteStorage: () => rmSync(known.storeDir, { recursive: true, force: true }),
    restart: async () => {
      await child.stop();
      child = await start();
    },
    stop: async () => {
      await child.stop();
      if (options.supervisor === undefined) await supervisor.close();
    },
  };
}

interface Known {
  readonly dir: string;
  readonly port: number;
  readonly users: readonly NatsUser[];
  readonly storeDir: string;
  readonly configuration: string;
}

async function open(options: NatsOptions): Promise<Known> {
  if (!isWhole(options.dir)) {
    clearHalfWritten(options.dir, options.report);
    const made = { port: options.port ?? (await freePort()), password: randomBytes(24).toString('base64url') };
    writeFileSync(join(options.dir, 'nats.json'), JSON.stringify(made), { mode: 0o600 });
    markWhole(options.dir);
  }
  const dir = realpathSync(options.dir);
  const made = JSON.parse(readFileSync(join(dir, 'nats.json'), 'utf8')) as { port: number; password: string };
  const port = options.port ?? made.port;
  const users = options.users ?? [{ user: 'skerry', password: made.password }];
  const storeDir = join(dir, 'jetstream');
  const configuration = join(dir, 'nats.conf');
  const { maxFileBytes = 4 * 1024 ** 3, syncAlways = false } = options;
  const text = natsConfiguration({ port, storeDir, users, maxFileBytes, syncAlways });
  writeFileSync(configuration, text, { mode: 0o600 });
  return { dir, port, users, storeDir, configuration };
}

async function startServer(command: string, how: { known: Known; supervisor: Supervisor }): Promise<Child> {
  const { dir, port, configuration, storeDir } = how.known;
  await requireFree(port, 'NATS');
  if (!existsSync(storeDir)) mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  const logFile = join(dir, 'nats.log');
  const child = how.supervisor.start({ name: 'nats', command, args: ['--config', configuration], logFile });
  const what = 'NATS with JetStream answers';
  return untilReady(child, { what, deadlineMs: 30_000, logFile, check: () => greeting(port) });
}

/** The server's first line, once it says that JetStream is on. */
function greeting(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(undefined));
    socket.once('error', () => settle(undefined)); // not listening yet
    socket.once('data', (line) => settle(line.includes('"jetstream":true') ? line.toString() : undefined));
  });
}
