export interface KafkaListeners {
  /** default 127.0.0.1; in a container every address of it */
  readonly host?: string;
  /** Clients on this machine reach it at 127.0.0.1 and this port; it listens on the same, so that it reaches itself too. */
  readonly port: number;
  readonly controllerPort: number;
  readonly logDir: string;
}

/** A single node that is broker and controller, as small as a test wants it. Topics are made by who wants one. */
export const kafkaSettings = (to: KafkaListeners): Readonly<Record<string, string>> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${to.controllerPort}`,
  listeners: `PLAINTEXT://${to.host ?? '127.0.0.1'}:${to.port},CONTROLLER://127.0.0.1:${to.controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${to.port}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': to.logDir,
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // one that was killed takes its place again only when its controller has given it up
  'broker.session.timeout.ms': '1000',
  'broker.heartbeat.interval.ms': '200',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '4194304', // the default takes 128 MiB of a heap of 96
});

/** As a `server.properties`. */
export const asProperties = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** As the environment of the official image: `log.dirs` is KAFKA_LOG_DIRS. */
export const asEnvironment = (settings: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`, value]),
  );
