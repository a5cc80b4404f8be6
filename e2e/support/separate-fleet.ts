import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { HubApi } from '@skerry/all-in-one/api/hub-api';
import { FleetSecrets } from '@skerry/all-in-one/fleet/fleet-secrets';
import { environmentOf, type FleetProcess, INSTALLATION, readProcesses } from '@skerry/all-in-one/fleet/processes';
import { openSimulatedMembers, type SimulatedMember } from '@skerry/all-in-one/up/simulated-members';
import { writeKubeconfig } from '@skerry/all-in-one/hub/credentials';
import { freePort } from '@skerry/local/free-port';
import { type Nats, startNats } from '@skerry/local/nats';
import type { NatsUser } from '@skerry/local/nats-configuration';
import { type Postgres, startPostgres } from '@skerry/local/postgres';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { FaultProxy } from '@skerry/testing/infra/fault-proxy';
import { eventually } from './fleet.ts';
import { startSkerry } from './skerry-process.ts';

const STOP_DEADLINE_MS = 25_000;

/** One instance of one entry of the list, as an operating system's process. */
export class FleetMember {
  readonly process: FleetProcess;
  readonly name: string;
  readonly healthPort: number;
  /** of a gateway */
  readonly apiPort: number;
  readonly logFile: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;

  constructor(parts: {
    process: FleetProcess;
    name: string;
    healthPort: number;
    apiPort: number;
    logFile: string;
    environment: Record<string, string>;
  }) {
    this.process = parts.process;
    this.name = parts.name;
    this.healthPort = parts.healthPort;
    this.apiPort = parts.apiPort;
    this.logFile = parts.logFile;
    this.#environment = parts.environment;
  }

  start(more: Record<string, string> = {}): void {
    const log = openSync(this.logFile, 'a');
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [join(INSTALLATION, this.process.main)], {
      env: { PATH, ...this.#environment, ...more },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.isRunning) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const code = await gone;
    clearTimeout(timer);
    return code;
  }

  async ask(path: '/readyz' | '/healthz' | '/metrics'): Promise<{ status: number; text: string }> {
    return new Promise((resolve) => {
      const asking = httpRequest({ host: '127.0.0.1', port: this.healthPort, path, agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(pieces).toString() }));
      });
      asking.setTimeout(2_000, () => asking.destroy(new Error('no answer')));
      asking.once('error', (error) => resolve({ status: 0, text: String(error) }));
      asking.end();
    });
  }

  /** Waits until it says that it is ready; a process that has ended fails the wait at once, with what it said. */
  async ready(deadlineMs = 60_000): Promise<void> {
    await eventually(
      `${this.name} is ready`,
      async () => {
        if (!this.isRunning) throw new Error(`${this.name} has ended: ${this.saidLast()}`);
        return (await this.ask('/readyz')).status === 200;
      },
      deadlineMs,
    );
  }

  saidLast(): string {
    return readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
  }
}

export interface SeparateFleetOptions {
  /** of each service; default what the list says */
  readonly instances?: number;
  /** clusters that get a syncer at once, of north, south, west; default all */
  readonly clusters?: readonly string[];
  /** where PostgreSQL lies; default in the fleet's folder */
  readonly postgresDir?: string;
  /** variables of PostgreSQL's process */
  readonly postgresEnvironment?: Readonly<Record<string, string>>;
  /** settings of every process besides the list's */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A hub as separate processes with a login each, two of each by default, and simulated clusters. */
export interface SeparateFleet {
  readonly dir: string;
  readonly postgres: Postgres;
  readonly nats: Nats;
  readonly secrets: FleetSecrets;
  /** to whichever gateway answers */
  readonly api: HubApi;
  readonly kubeconfigPath: string;
  /** in front of the gateways, as a Kubernetes Service is */
  readonly balancer: FaultProxy;
  readonly processes: readonly FleetMember[];
  of(service: string): readonly FleetMember[];
  member(name: string): SimulatedMember;
  /** joins a cluster and answers its syncers, not started yet; `through`: where they dial */
  addSyncers(cluster: string, through?: { hub?: number; nats?: number; instances?: number }): Promise<FleetMember[]>;
  close(): Promise<void>;
}

export const startSeparateFleet = async (options: SeparateFleetOptions = {}): Promise<SeparateFleet> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-apart-'));
  mkdirSync(join(dir, 'logs'));
  const stops: (() => Promise<unknown> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
    if (!process.env['SKERRY_KEEP']) rmSync(dir, { recursive: true, force: true });
  };
  try {
    return { ...(await startIn(dir, { options, stops })), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const startIn = async (
  dir: string,
  { options, stops }: { options: SeparateFleetOptions; stops: (() => Promise<unknown> | void)[] },
): Promise<Omit<SeparateFleet, 'close'>> => {
  const clusters = ['north', 'south', 'west'];
  const postgres = await startPostgres({
    dir: options.postgresDir ?? join(dir, 'postgres'),
    environment: options.postgresEnvironment,
  });
  stops.push(() => (process.env['SKERRY_KEEP'] ? postgres.stop() : postgres.discard()));
  // As a person would: by the command line.
  writeFileSync(join(dir, 'owner-url'), postgres.url, { mode: 0o600 });
  const run = async (...args: string[]): Promise<void> => {
    const command = startSkerry(args, { folder: dir });
    if ((await command.ended) !== 0) throw new Error(`skerry ${args.join(' ')}: ${command.said()}`);
  };
  const named = clusters.flatMap((name) => ['--cluster', name]);
  await run('fleet', 'init', 'secrets', '--database', withoutLogin(postgres.url), ...named);
  await run('store', 'prepare', '--secrets', 'secrets', '--database-url-file', 'owner-url');
  const secrets = await FleetSecrets.open(join(dir, 'secrets'));
  const { authorization } = JSON.parse(readFileSync(join(dir, 'secrets', 'nats.conf'), 'utf8')) as {
    authorization: { users: NatsUser[] };
  };
  const nats = await startNats({ dir: join(dir, 'nats'), users: authorization.users });
  stops.push(() => nats.stop());
  const { processes: list, everyProcess } = readProcesses();
  const running: FleetMember[] = [];
  stops.push(async () => void (await Promise.all(running.map((one) => one.stop()))));
  const balancer = await FaultProxy.open(() =>
    running.filter((one) => one.process.name === 'gateway' && one.isRunning).map((one) => one.apiPort),
  );
  stops.push(() => balancer.close());
  const make = async (process: FleetProcess, more: Record<string, string> = {}): Promise<FleetMember> => {
    const [healthPort, apiPort] = [await freePort(), await freePort()];
    const number = running.filter((one) => one.process === process && one.name.includes(more['cluster'] ?? '')).length;
    const name = `${process.name}${more['cluster'] ? `-${more['cluster']}` : ''}-${number + 1}`;
    const folder = secrets.folder(more['cluster'] ? `syncer-${more['cluster']}` : process.name);
    const places = { secrets: folder, host: '127.0.0.1', api: String(apiPort), health: String(healthPort) };
    const where = { nats: nats.url, hub: `https://127.0.0.1:${balancer.port}`, logLevel: 'info' };
    const filled = environmentOf(process, { every: everyProcess, places: { ...places, ...where, ...more } });
    const environment = { ...filled, ...options.environment };
    const member = new FleetMember({
      ...{ process, name, healthPort, apiPort, environment },
      logFile: join(dir, 'logs', `${name}.log`),
    });
    running.push(member);
    return member;
  };
  for (const process of list.filter((one) => !one.perCluster)) {
    for (let n = 0; n < (options.instances ?? process.instances); n++) (await make(process)).start();
  }
  await Promise.all(running.map((one) => one.ready()));
  const api = new HubApi({
    url: `https://127.0.0.1:${balancer.port}`,
    ca: secrets.credentials.ca,
    token: secrets.credentials.adminToken,
  });
  stops.push(() => api.close());
  writeKubeconfig(secrets.credentials, `https://127.0.0.1:${balancer.port}`);
  const simulated = await openSimulatedMembers({ dir: join(dir, 'members'), report: () => undefined, log: silentLog });
  stops.push(() => simulated.stop());
  const members = simulated.members as readonly SimulatedMember[];
  const member = (name: string): SimulatedMember => members.find((one) => one.join.name === name)!;
  const addSyncers: SeparateFleet['addSyncers'] = async (cluster, through = {}) => {
    const { status, body } = await joinCluster(api, member(cluster).join);
    if (status >= 300) throw new Error(`join ${cluster}: ${status} ${JSON.stringify(body)}`);
    await run('--kubeconfig', secrets.credentials.kubeconfigPath, 'fleet', 'syncer', cluster, '--secrets', 'secrets');
    const syncer = list.find((one) => one.perCluster)!;
    const made: FleetMember[] = [];
    for (let n = 0; n < (through.instances ?? options.instances ?? syncer.instances); n++) {
      made.push(
        await make(syncer, {
          cluster,
          ...(through.hub && { hub: `https://127.0.0.1:${through.hub}` }),
          ...(through.nats && { nats: `nats://127.0.0.1:${through.nats}` }),
        }),
      );
    }
    return made;
  };
  for (const cluster of options.clusters ?? clusters) (await addSyncers(cluster)).forEach((one) => one.start());
  await clustersReady(api, options.clusters ?? clusters);
  return {
    ...{ dir, postgres, nats, secrets, api, balancer, processes: running, member, addSyncers },
    kubeconfigPath: secrets.credentials.kubeconfigPath,
    of: (service) => running.filter((one) => one.process.name === service),
  };
};

export const clustersReady = (api: HubApi, names: readonly string[]): Promise<unknown> =>
  eventually(`${names.join(', ')} are Ready and have said what they serve`, async () => {
    const { body } = await api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    const ready = (body.items as any[])
      .filter(({ status }) => status?.verdict === 'Ready' && status.nodesReady > 0)
      .map(({ metadata }) => metadata.name as string);
    return names.every((name) => ready.includes(name));
  });

const withoutLogin = (url: string): string => {
  const bare = new URL(url);
  [bare.username, bare.password] = ['', ''];
  return bare.href;
};
