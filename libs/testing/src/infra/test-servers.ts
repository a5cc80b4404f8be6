import type { Kafka } from '@skerry/local/kafka';
import type { Nats } from '@skerry/local/nats';
import type { Postgres } from '@skerry/local/postgres';

/** What tests do to a PostgreSQL, wherever it runs. */
export type TestPostgresServer = Pick<Postgres, 'url' | 'kill' | 'restart' | 'stop' | 'discard'>;
/** The same for a NATS. `deleteStorage` only while it is killed. */
export type TestNatsServer = Pick<
  Nats,
  'url' | 'port' | 'users' | 'kill' | 'pause' | 'resume' | 'deleteStorage' | 'restart' | 'stop'
>;
/** The same for a Kafka broker. */
export type TestKafkaServer = Pick<Kafka, 'bootstrapServer' | 'kill' | 'restart' | 'stop'>;
