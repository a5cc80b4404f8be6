import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@skerry/local/free-port';
import { kafkaAnswers } from '@skerry/local/kafka';
import { asEnvironment, kafkaSettings } from '@skerry/local/kafka-settings';
import { natsConfiguration, type NatsUser } from '@skerry/local/nats-configuration';
import { waitUntil } from '@skerry/local/wait-until';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import type { TestKafkaServer, TestNatsServer, TestPostgresServer } from './test-servers.ts';

/** Images that speak the settings of the official ones; where no registry can be reached: docs/how-to/build-the-image.md */
const POSTGRES_IMAGE = process.env['SKERRY_TEST_POSTGRES_IMAGE'] ?? 'postgres:18';
const NATS_IMAGE = process.env['SKERRY_TEST_NATS_IMAGE'] ?? 'nats:2.15';
const KAFKA_IMAGE = process.env['SKERRY_TEST_KAFKA_IMAGE'] ?? 'apache/kafka:4.3.1';
const PASSWORD = 'skerry';
const READY_DEADLINE_MS = 60_000;

/** The engine's own view of a container: signals and pauses are not testcontainers' business. */
const engineOf = async (container: StartedTestContainer) => {
  const client = await getContainerRuntimeClient();
  return client.container.getById(container.getId());
};

/** Nothing is left running of what did not get ready: with the engine's own reaper switched off nobody else would end it. */
const orStopped = async <T>(container: StartedTestContainer, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    await container.stop();
    throw error;
  }
};

/** Without syncing to disk unless `durable`, as with programs of this machine. The port stays over restarts. */
export const startPostgresContainer = async ({ durable }: { durable: boolean }): Promise<TestPostgresServer> => {
  const port = await freePort();
  const quick = durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
  const container = await new GenericContainer(POSTGRES_IMAGE)
    .withEnvironment({ POSTGRES_USER: 'skerry', POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: 'postgres' })
    .withExposedPorts({ container: 5_432, host: port })
    .withCommand(['postgres', '-c', 'max_connections=200', ...quick])
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 1))
    .start();
  const engine = await engineOf(container);
  const url = `postgresql://skerry:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const ready = async (): Promise<void> => {
    const { default: pg } = await import('pg');
    await waitUntil({
      what: 'PostgreSQL in a container accepts connections',
      deadlineMs: READY_DEADLINE_MS,
      remedy: `docker logs ${container.getId()}`,
      check: async () => {
        const client = new pg.Client({ connectionString: url });
        client.on('error', () => undefined);
        const answers = await client.connect().then(
          () => true,
          () => undefined,
        );
        await client.end().catch(() => undefined);
        return answers;
      },
    });
  };
  await orStopped(container, ready);
  const stop = async (): Promise<void> => void (await container.stop());
  return {
    url,
    kill: async () => void (await engine.kill()),
    restart: async () => {
      await engine.stop({ t: 10 }).catch(() => undefined); // killed already
      await engine.start();
      await ready();
    },
    stop,
    discard: stop,
  };
};

/** Its storage is a folder of this machine, so that a test can take it away. */
export const startNatsContainer = async ({
  dir,
  users = [{ user: 'skerry', password: PASSWORD }],
}: {
  dir: string;
  users?: readonly NatsUser[];
}): Promise<TestNatsServer> => {
  const port = await freePort();
  const storage = join(dir, 'jetstream');
  const makeStorage = (): void => {
    mkdirSync(storage, { recursive: true });
    chmodSync(storage, 0o777); // the image's user is not ours
  };
  makeStorage();
  const content = natsConfiguration({
    ...{ port: 4_222, storeDir: '/data', users, maxFileBytes: 4 * 1024 ** 3, syncAlways: false },
    host: '0.0.0.0',
  });
  const container = await new GenericContainer(NATS_IMAGE)
    .withExposedPorts({ container: 4_222, host: port })
    .withBindMounts([{ source: storage, target: '/data', mode: 'rw' }])
    .withCopyContentToContainer([{ content, target: '/etc/skerry-nats.conf' }])
    .withCommand(['-c', '/etc/skerry-nats.conf'])
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/, 1))
    .start();
  const engine = await engineOf(container);
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    users,
    kill: async () => void (await engine.kill()),
    pause: () => void engine.pause(),
    resume: () => void engine.unpause().catch(() => undefined), // was not paused
    deleteStorage: () => {
      for (const name of ['jetstream']) rmSync(join(storage, name), { recursive: true, force: true });
      makeStorage();
    },
    restart: async () => {
      await engine.stop({ t: 10 }).catch(() => undefined); // killed already
      await engine.start();
    },
    stop: async () => void (await container.stop()),
  };
};

/** Its log stays in the container, so it is there again after a restart. */
export const startKafkaContainer = async (): Promise<TestKafkaServer> => {
  const port = await freePort();
  const settings = kafkaSettings({ host: '0.0.0.0', port, controllerPort: 29_093, logDir: '/tmp/kafka-log' });
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withEnvironment({ ...asEnvironment(settings), KAFKA_HEAP_OPTS: '-Xms64m -Xmx256m' })
    .withExposedPorts({ container: port, host: port })
    .start();
  const engine = await engineOf(container);
  const ready = (): Promise<unknown> =>
    waitUntil({
      what: 'Kafka in a container answers',
      deadlineMs: READY_DEADLINE_MS,
      remedy: `docker logs ${container.getId()}`,
      check: () => kafkaAnswers(port),
    });
  await orStopped(container, ready);
  return {
    bootstrapServer: `127.0.0.1:${port}`,
    kill: async () => void (await engine.kill()),
    restart: async () => {
      await engine.stop({ t: 20 }).catch(() => undefined); // killed already
      await engine.start();
      await ready();
    },
    stop: async () => void (await container.stop()),
  };
};
