import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { refuseBusAhead } from '@skerry/runtime/relay/bus-ahead';
import { startStatusBeat } from '@skerry/runtime/telemetry/status-beat';
import { natsLoginOf, type OpenWorld, openWorld } from './open-world.ts';
import type { hubSettings, HubValues } from './process-settings.ts';
import { linesOf, runProcess, type Running, type Starting } from './run-process.ts';
import type { ValuesOf } from './settings.ts';
import { WorldModule, type WorldParts } from './world.module.ts';

export interface HubServiceDefinition<S extends typeof hubSettings> {
  readonly name: string;
  readonly settings: S;
  readonly module: Type<unknown>;
  /** which of the module's providers answers for its health */
  readonly service: Type<ServiceHealth>;
  readonly makesStreams?: boolean;
  /** path of the master key, for the one service that may unseal */
  readonly masterKeyPath?: (values: ValuesOf<S>) => string;
  readonly also?: (values: ValuesOf<S>) => WorldParts['also'];
}

/** Runs one service of the hub as this process, with its own login at PostgreSQL (role `skerry_<name>`) and NATS. */
export const runHubService = <S extends typeof hubSettings>(definition: HubServiceDefinition<S>): Promise<void> =>
  runProcess({
    name: definition.name,
    settings: definition.settings,
    start: (starting) => start(definition, starting),
  });

@Module({})
class ProcessModule {}

const start = async <S extends typeof hubSettings>(
  definition: HubServiceDefinition<S>,
  { settings, log, metrics, tracing }: Starting<S>,
): Promise<Running> => {
  const { name, makesStreams } = definition;
  const values = settings as HubValues;
  const masterKeyPath = definition.masterKeyPath?.(settings);
  const opened = await openWorld({
    name,
    database: {
      connectionString: values.SKERRY_DATABASE_URL,
      ownerConnectionString: false,
      role: `skerry_${name}`,
      maxConnections: values.SKERRY_DATABASE_CONNECTIONS,
      ...(masterKeyPath !== undefined && { masterKeyPath }),
    },
    nats: natsLoginOf(name, values),
    makesStreams,
    sharesHints: true,
    log,
    metrics,
    tracing,
  });
  try {
    return await begin(definition, { opened, settings, metrics });
  } catch (error) {
    await opened.close();
    throw error;
  }
};

interface Opened<S extends typeof hubSettings> extends Pick<Starting<S>, 'settings' | 'metrics'> {
  readonly opened: OpenWorld;
}

/** The module on the open world, and its status once a second. */
const begin = async <S extends typeof hubSettings>(
  { name, module, service, also }: HubServiceDefinition<S>,
  { opened, settings, metrics }: Opened<S>,
): Promise<Running> => {
  await refuseBusAhead(opened.world);
  const parts = { world: opened.world, blobs: opened.store.blobs, also: also?.(settings) };
  const imports = [WorldModule.of(parts), module];
  const app = await NestFactory.createApplicationContext(
    { module: ProcessModule, imports },
    { logger: false, abortOnError: false },
  );
  const health = app.get<ServiceHealth>(service, { strict: false });
  const sources = () => metrics.sources;
  const stopBeat = startStatusBeat({ ...opened.world, ...linesOf(health), process: name, sources });
  return {
    get unhealthy() {
      return health.unhealthy;
    },
    get failure() {
      return health.failure;
    },
    get ready() {
      return health.ready;
    },
    stop: async () => {
      stopBeat();
      await app.close();
      await opened.close();
    },
  };
};
