import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locate } from '@skerry/native/locate';
import { ToolFailure } from '@skerry/native/tool-failure';
import { freePort, requireFree } from './free-port.ts';
import { asProperties, kafkaSettings } from './kafka-settings.ts';
import { endLeftovers } from './pid-files.ts';
import { clearHalfWritten, isWhole, markWhole } from './state-folder.ts';
import { type Child, Supervisor } from './supervisor.ts';
import { untilReady } from './until-ready.ts';

export interface KafkaOptions {
  /** Where its part of the state lies; made if absent, continued if whole. */
  readonly dir: string;
}

/** One Kafka broker, without TLS and without users, on loopback; about 170 MB of memory. */
export interface Kafka {
  /** `127.0.0.1:port`, what clients are given as bootstrap server. */
  readonly bootstrapServer: string;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and log. Returns when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const SMALL = {
  KAFKA_HEAP_OPTS: '-Xms64m -Xmx96m',
  KAFKA_JVM_PERFORMANCE_OPTS: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
};

/** Starts Kafka and returns when it answers. */
export async function startKafka({ dir }: KafkaOptions): Promise<Kafka> {
  const { path } = (await locate(['kafka-run-class']))['kafka-run-class'];
  // Nobody else has looked for what a killed run left here.
  if (existsSync(dir)) await endLeftovers(realpathSync(dir));
  const known = await open(path, dir);
  const supervisor = new Supervisor(known.dir);
  const start = (): Promise<Child> => startBroker(path, { known, supervisor });
  let child = await start();
  return {
    bootstrapServer: `127.0.0.1:${known.port}`,
    kill: () => child.kill(),
    restart: async () => {
      await child.stop();
      child = await start();
    },
    stop: async () => {
      await child.stop();
      await supervisor.close();
    },
  };
}

interface Known {
  readonly dir: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly properties: string;
}

/** Its log is formatted once, with the identity of a cluster; a broker refuses a log that is not. */
async function open(program: string, asked: string): Promise<Known> {
  const isNew = !isWhole(asked);
  if (isNew) {
    clearHalfWritten(asked);
    const ports = { port: await freePort(), controllerPort: await freePort() };
    writeFileSync(join(asked, 'kafka.json'), JSON.stringify(ports));
  }
  const dir = realpathSync(asked);
  const made = JSON.parse(readFileSync(join(dir, 'kafka.json'), 'utf8')) as Pick<Known, 'port' | 'controllerPort'>;
  const properties = join(dir, 'server.properties');
  writeFileSync(properties, asProperties(kafkaSettings({ ...made, logDir: join(dir, 'log') })));
  if (isNew) {
    await format(program, properties);
    markWhole(dir);
  }
  return { dir, ...made, properties };
}

async function format(program: string, properties: string): Promise<void> {
  const cluster = randomBytes(16).toString('base64url');
  const args = ['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', properties];
  const env = { ...process.env, ...SMALL };
  await promisify(execFile)(program, args, { env, timeout: 60_000 }).catch((error: unknown) => {
    const { message } = error as Error; // with what the program said
    const remedy = `it needs Java 17 or newer, in JAVA_HOME or on PATH; its settings are in ${properties}`;
    throw new ToolFailure(`Kafka could not format its log: ${message}`, remedy, { cause: error });
  });
}

async function startBroker(command: string, how: { known: Known; supervisor: Supervisor }): Promise<Child> {
  const { dir, port, controllerPort, properties } = how.known;
  await requireFree(port, 'Kafka');
  await requireFree(controllerPort, 'the controller of Kafka');
  const logFile = join(dir, 'kafka.log');
  const args = ['kafka.Kafka', properties];
  const env = { ...process.env, ...SMALL };
  const child = how.supervisor.start({ name: 'kafka', command, args, env, logFile, graceMs: 20_000 });
  return untilReady(child, { what: 'Kafka answers', deadlineMs: 60_000, logFile, check: () => kafkaAnswers(port) });
}

/**
 * Whether the broker on a port of loopback answers which versions it speaks (the protocol's ApiVersions, version 0). It answers
 * nothing before it takes part in its cluster, though its port is open long before.
 */
export function kafkaAnswers(port: number): Promise<true | undefined> {
  const apiVersions = Buffer.from('0000000a' + '0012' + '0000' + '00000001' + 'ffff', 'hex');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write(apiVersions));
    const settle = (answer: true | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(undefined));
    socket.once('error', () => settle(undefined)); // not listening yet
    socket.once('close', () => settle(undefined)); // a port that is forwarded to nobody yet
    socket.once('data', () => settle(true));
  });
}
