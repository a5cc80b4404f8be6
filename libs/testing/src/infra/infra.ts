import { type KafkaOptions, startKafka } from '@skerry/local/kafka';
import { type NatsOptions, startNats } from '@skerry/local/nats';
import { type PostgresOptions, startPostgres } from '@skerry/local/postgres';
import type { TestKafkaServer, TestNatsServer, TestPostgresServer } from './test-servers.ts';

export const INFRA = ['local', 'containers'] as const;
export type Infra = (typeof INFRA)[number];

/** `SKERRY_TEST_INFRA`: programs of this machine (default), or containers of an engine. Throws RangeError for anything else. */
export const infraOf = (environment: Readonly<Record<string, string | undefined>>): Infra => {
  const wanted = environment['SKERRY_TEST_INFRA'] || 'local';
  const found = INFRA.find((one) => one === wanted);
  if (found === undefined) throw new RangeError(`SKERRY_TEST_INFRA is "${wanted}"; allowed: ${INFRA.join(', ')}`);
  return found;
};

let said = false;

/** Printed once per process of the run: nobody shall guess what a green run ran on. */
const infra = (): Infra => {
  const found = infraOf(process.env);
  if (!said) process.stderr.write(`PostgreSQL, NATS and Kafka of these tests: ${found}\n`);
  said = true;
  return found;
};

export const startTestPostgresServer = async (options: PostgresOptions): Promise<TestPostgresServer> => {
  if (infra() === 'local') return await startPostgres(options);
  const { startPostgresContainer } = await import('./containers.ts');
  return await startPostgresContainer({ durable: options.durable ?? true });
};

export const startTestNatsServer = async (options: NatsOptions): Promise<TestNatsServer> => {
  if (infra() === 'local') return await startNats(options);
  const { startNatsContainer } = await import('./containers.ts');
  return await startNatsContainer({ dir: options.dir, users: options.users });
};

export const startTestKafkaServer = async (options: KafkaOptions): Promise<TestKafkaServer> => {
  if (infra() === 'local') return await startKafka(options);
  const { startKafkaContainer } = await import('./containers.ts');
  return await startKafkaContainer();
};
