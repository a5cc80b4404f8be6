import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_BODY_LIMIT_BYTES } from '@skerry/gateway/gateway.config';
import { openWorld } from '@skerry/boot/open-world';
import { giveBackSpareMemory } from '@skerry/boot/spare-memory';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { runRetention } from '@skerry/adapters/postgres/retention';
import type { PostgresStore } from '@skerry/adapters/postgres/store';
import { orFullDisk } from '@skerry/local/disk-space';
import { type Nats, startNats } from '@skerry/local/nats';
import { type Postgres, startPostgres } from '@skerry/local/postgres';
import { locationFileOf, openState, type StateFolder } from '@skerry/local/state-folder';
import { Supervisor } from '@skerry/local/supervisor';
import type { Bus } from '@skerry/ports/bus/bus';
import { sharedStarts } from '@skerry/runtime/consumer/shared-starts';
import type { World } from '@skerry/runtime/service/decision-service';
import { type HealthServer, startHealthServer } from '@skerry/runtime/telemetry/health-server';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import { startStatusBeat } from '@skerry/runtime/telemetry/status-beat';
import { createLog, type Log } from '@skerry/runtime/telemetry/log';
import { HubApi } from '../api/hub-api.ts';
import { type Credentials, openCredentials, writeKubeconfig } from '../hub/credentials.ts';
import { RetentionRuns, type RetentionSchedule } from '../hub/retention-runs.ts';
import { type Hub, startHub } from '../hub/start-hub.ts';
import { SyncerTokens } from '../hub/syncer-tokens.ts';
import { SyncerHost } from './syncer-host.ts';

export interface PlatformOptions {
  /** state folder, `.skerry` by default for people */
  readonly dir: string;
  readonly fresh?: boolean;
  /** 0: the same port as last time, or a free one */
  readonly port?: number;
  readonly report: (line: string) => void;
  readonly logLevel?: string;
  readonly retention?: RetentionSchedule;
  /** closed when the hub has stopped */
  readonly tracing?: Tracing | undefined;
}

/** All services of the hub and the syncers of push clusters, on a store and a bus that run elsewhere. */
export interface ConnectedHub {
  readonly store: PostgresStore;
  readonly bus: Bus;
  readonly hub: Hub;
  readonly api: HubApi;
  readonly syncers: SyncerHost;
  /** `/healthz`, `/readyz` and `/metrics` on loopback */
  readonly healthUrl: string;
  readonly credentials: Credentials;
  readonly log: Log;
  stop(): Promise<void>;
}

/** A whole hub on this machine: PostgreSQL, NATS, all services and the syncers of push clusters. */
export interface Platform extends ConnectedHub {
  readonly dir: string;
  readonly supervisor: Supervisor;
  readonly postgres: Postgres;
  readonly nats: Nats;
}

/** Starts everything and resolves when the hub answers. What had been started is stopped again when a later step fails. */
export const openPlatform = async (options: PlatformOptions): Promise<Platform> => {
  const state = await openState({ path: options.dir, fresh: options.fresh, report: options.report });
  const supervisor = new Supervisor(state.path);
  const stops: (() => Promise<unknown>)[] = [async () => state.release(), () => supervisor.close()];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    return await openIn({ options, state, supervisor, stops, stop });
  } catch (error) {
    const failure = await orFullDisk(error, { folder: state.path }); // before what is stopped gives room back
    await stop();
    throw failure;
  }
};

interface Opening {
  readonly options: PlatformOptions;
  readonly state: StateFolder;
  readonly supervisor: Supervisor;
  /** undone in reverse order */
  readonly stops: (() => Promise<unknown>)[];
  readonly stop: () => Promise<void>;
}

const openIn = async ({ options, state, supervisor, stops, stop }: Opening): Promise<Platform> => {
  const dir = state.path;
  const { report, port, logLevel, retention, tracing } = options;
  report('starting PostgreSQL and NATS');
  const [postgres, nats] = await Promise.all([
    startPostgres({ dir: join(dir, 'postgres'), supervisor, locationFile: locationFileOf(dir), report }),
    startNats({ dir: join(dir, 'nats'), supervisor, report }),
  ]);
  report('starting the hub');
  const own = { port, logLevel, retention, tracing };
  const connected = await connectHub({ dir, databaseUrl: postgres.url, nats, ...own });
  stops.push(() => connected.stop());
  return { ...connected, dir, supervisor, postgres, nats, stop };
};

export interface ConnectOptions {
  /** state folder: credentials, port and logs lie in it */
  readonly dir: string;
  readonly databaseUrl: string;
  readonly nats: Pick<Nats, 'url' | 'users'>;
  readonly port?: number;
  readonly logLevel?: string;
  readonly retention?: RetentionSchedule;
  readonly tracing?: Tracing | undefined;
}

/** Starts the services and the syncers. Resolves when the gateway answers. */
export const connectHub = async (options: ConnectOptions): Promise<ConnectedHub> => {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    return { ...(await connectIn(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const connectIn = async (
  { dir, databaseUrl, nats, port, logLevel, retention, tracing }: ConnectOptions,
  stops: (() => Promise<unknown>)[],
): Promise<Omit<ConnectedHub, 'stop'>> => {
  const log = createLog({ level: logLevel ?? 'info', file: join(dir, 'logs', 'hub.log') });
  const credentials = await openCredentials(join(dir, 'hub'));
  const { ca, tls, tokensPath } = credentials;
  const metrics = new PrometheusMetrics({ process: true });
  const { user, password } = nats.users[0]!;
  stops.push(async () => tracing?.close());
  const { world, store, bus, close } = await openWorld({
    name: 'hub',
    database: { connectionString: databaseUrl, masterKeyPath: join(dir, 'hub', 'master.key') },
    nats: { servers: nats.url, user, password },
    makesStreams: true,
    ...{ log, metrics, tracing },
  });
  stops.push(close);
  const gateway = {
    host: '127.0.0.1',
    port: port || readPort(dir),
    tls,
    tokensPath,
    bodyLimitBytes: DEFAULT_BODY_LIMIT_BYTES,
  };
  const shared = { ...world, store: sharedStarts(world.store, systemClock) };
  const hub = await startHub({ world: shared, blobs: store.blobs, gateway });
  stops.push(() => hub.stop());
  writeFileSync(join(dir, 'hub', 'port'), new URL(hub.url).port);
  writeKubeconfig(credentials, hub.url);
  const api = new HubApi({ url: hub.url, ca, token: credentials.adminToken });
  stops.push(() => api.close());
  const tokens = new SyncerTokens({ dir: join(dir, 'hub'), tokensPath });
  const holder = installationId(dir);
  const access = { url: hub.url, ca };
  const told = { log, metrics, tracing };
  const syncers = new SyncerHost({ ...told, api, bus, clock: systemClock, holder, hub: access, tokens });
  syncers.start();
  stops.push(() => syncers.stop());
  const run = (ages: RetentionSchedule) => runRetention({ ...ages, connectionString: databaseUrl });
  const runs = new RetentionRuns({ schedule: retention, run, clock: systemClock, log, metrics });
  runs.start();
  stops.push(() => runs.stop());
  const stopGivingBack = giveBackSpareMemory({ clock: systemClock, log });
  stops.push(async () => stopGivingBack());
  const health = await tellHealth({ hub, syncers, world, metrics });
  stops.push(() => health.stop());
  return { store, bus, hub, api, syncers, credentials, log, healthUrl: health.url };
};

interface HealthParts {
  readonly hub: Hub;
  readonly syncers: SyncerHost;
  readonly world: Pick<World, 'bus' | 'clock' | 'holder'>;
  readonly metrics: PrometheusMetrics;
}

/** To who asks on loopback and a free port (`/healthz`, `/readyz`, `/metrics`), and to the gateway once a second. */
const tellHealth = async ({ hub, syncers, world, metrics }: HealthParts): Promise<HealthServer> => {
  const health = {
    unhealthy: () => [...hub.unhealthy(), ...syncers.unhealthy()],
    unready: () => (hub.ready() ? [] : ['a service still folds to the head']),
  };
  const server = await startHealthServer({ port: 0, ...health, metrics });
  const stopBeat = startStatusBeat({ ...world, ...health, process: 'hub', sources: () => metrics.sources });
  return {
    url: server.url,
    stop: async () => {
      stopBeat();
      await server.stop();
    },
  };
};

/** The port of the last start, so that a kubeconfig that was copied goes on working; 0 at the first. */
const readPort = (dir: string): number => {
  const path = join(dir, 'hub', 'port');
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
};

/** One identity per state folder: after a crash its syncers need not wait for their own leases to run out. */
const installationId = (dir: string): string => {
  const path = join(dir, 'hub', 'installation');
  if (!existsSync(path)) writeFileSync(path, randomUUID(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
};
