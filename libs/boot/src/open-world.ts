import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openJetStreamBus, type JetStreamBus } from '@skerry/adapters/jetstream/bus';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from '@skerry/adapters/postgres/store';
import type { World } from '@skerry/runtime/service/decision-service';
import type { Log } from '@skerry/runtime/telemetry/log';
import type { Metrics } from '@skerry/runtime/telemetry/metrics';
import { tracedWorld } from '@skerry/runtime/tracing/traced';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import type { ProcessValues } from './process-settings.ts';
import { shareHints } from './share-hints.ts';

export interface NatsLogin {
  readonly servers: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  /** file with the certificates that the server is trusted by */
  readonly caFile?: string;
}

export interface WorldOptions {
  readonly name: string;
  readonly database: PostgresStoreOptions;
  readonly nats: NatsLogin;
  /** the relay's: nobody else has the right to make streams */
  readonly makesStreams?: boolean;
  /** other processes append to the store too, and want to hear of it as well as be heard */
  readonly sharesHints?: boolean;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing | undefined;
}

/** Store and bus, open. */
export interface OpenWorld {
  readonly world: World;
  readonly store: PostgresStore;
  readonly bus: JetStreamBus;
  /** bus first: nothing may come for a store that is closed */
  close(): Promise<void>;
}

/** Opens what a service of the hub is given. Throws what the store and the bus throw; nothing then stays open. */
export const openWorld = async (options: WorldOptions): Promise<OpenWorld> => {
  const store = await openPostgresStore(options.database);
  try {
    return await withBus(options, store);
  } catch (error) {
    await store.close();
    throw error;
  }
};

/** A connection to NATS for a process that has no store. */
export const openBus = (options: Omit<WorldOptions, 'database'>, store?: PostgresStore): Promise<JetStreamBus> => {
  const { name, nats, makesStreams, log } = options;
  const { caFile, ...login } = nats;
  return openJetStreamBus({
    ...login,
    name: `skerry-${name}`,
    makesStreams,
    ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
    ...(store && { known: (place) => store.events.known(place) }),
    onRefused: (refusal) => log.error(refusal, 'NATS refuses a subject to this user'),
    onListenerFailed: (failure) => log.error(failure, 'a message could not be taken'),
  });
};

const withBus = async (options: WorldOptions, store: PostgresStore): Promise<OpenWorld> => {
  const { log, metrics, tracing } = options;
  const bus = await openBus(options, store);
  const unshare = options.sharesHints ? await shareHints(store.events, bus) : () => undefined;
  const { events, leases } = store;
  const world = {
    store: events,
    bus,
    leases,
    clock: systemClock,
    log,
    holder: randomUUID(),
    ...(metrics && { metrics }),
  };
  const close = async (): Promise<void> => {
    unshare();
    await bus.close();
    await store.close();
  };
  return { world: tracedWorld(world, tracing), store, bus, close };
};

/** The same settings lead every process to NATS. */
export const natsLoginOf = (name: string, values: ProcessValues): NatsLogin => ({
  servers: values.SKERRY_NATS_URL,
  user: values.SKERRY_NATS_USER ?? name,
  password: values.SKERRY_NATS_PASSWORD,
  caFile: values.SKERRY_NATS_CA_FILE,
});
