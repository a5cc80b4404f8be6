import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { startTestKafkaServer } from './infra.ts';
import type { TestKafkaServer } from './test-servers.ts';

const TOPIC = 'orders';

let folder: string;
let broker: TestKafkaServer;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-kafka-')));
  broker = await startTestKafkaServer({ dir: join(folder, 'kafka') });
}, 120_000);
afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const client = (): Kafka => new Kafka({ brokers: [broker.bootstrapServer], logLevel: logLevel.NOTHING });

const asAdmin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = client().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

const write = async (...values: string[]): Promise<void> => {
  const producer = client().producer();
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: values.map((value) => ({ value, partition: 0 })) });
  await producer.disconnect();
};

const endOf = (admin: Admin): Promise<unknown> => admin.fetchTopicOffsets(TOPIC);

describe('the Kafka broker of tests', () => {
  it('makes no topic by itself: one that is misspelt is an error', async () => {
    const producer = client().producer({ allowAutoTopicCreation: true, retry: { retries: 3, initialRetryTime: 100 } });
    await producer.connect();
    const sent = producer.send({ topic: 'ordres', messages: [{ value: 'a' }] });
    await expect(sent).rejects.toThrow(/does not host this topic/);
    await producer.disconnect();
    expect(await asAdmin((admin) => admin.listTopics())).not.toContain('ordres');
  });

  it('tells where each partition ends and what a group has committed', async () => {
    await asAdmin(async (admin) => {
      await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }], waitForLeaders: true });
      await write('a', 'b', 'c');
      await admin.setOffsets({ groupId: 'billing', topic: TOPIC, partitions: [{ partition: 0, offset: '1' }] });
      expect(await endOf(admin)).toEqual([
        expect.objectContaining({ partition: 0, low: '0', high: '3' }),
        expect.objectContaining({ partition: 1, low: '0', high: '0' }),
      ]);
      const [committed] = await admin.fetchOffsets({ groupId: 'billing', topics: [TOPIC] });
      expect(committed?.partitions.find((one) => one.partition === 0)?.offset).toBe('1');
    });
  }, 30_000);

  it('has every acknowledged message after it was killed, on the same port', async () => {
    await write('d');
    await broker.kill();
    await broker.restart();
    await asAdmin(async (admin) => {
      expect(await endOf(admin)).toContainEqual(expect.objectContaining({ partition: 0, high: '4' }));
    });
  }, 120_000);
});
