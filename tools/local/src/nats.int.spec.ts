import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNats, type Nats } from './nats.ts';

let folder: string;
let nats: Nats;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-nats-'));
  nats = await startNats({ dir: join(folder, 'nats') });
}, 120_000);

afterAll(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function connected<T>(use: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const [user] = nats.users;
  const connection = await connect({ servers: nats.url, user: user?.user, pass: user?.password });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

const streams = (): Promise<string[]> =>
  connected(async (connection) => {
    const found: string[] = [];
    for await (const { config, state } of (await jetstreamManager(connection)).streams.list()) {
      found.push(`${config.name}: ${state.messages}`);
    }
    return found;
  });

describe('a local NATS server', () => {
  it('lets nobody in without a password', async () => {
    await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
  });

  it('keeps a stream over a SIGKILL, on the same port', async () => {
    await connected(async (connection) => {
      await (await jetstreamManager(connection)).streams.add({ name: 'KEPT', subjects: ['kept.>'] });
      await jetstream(connection).publish('kept.one', 'first');
    });
    await nats.kill();
    await nats.restart();
    expect(await streams()).toEqual(['KEPT: 1']);
  }, 30_000);

  it('comes up empty after its storage was deleted', async () => {
    await nats.kill();
    nats.deleteStorage();
    await nats.restart();
    expect(await streams()).toEqual([]);
  }, 30_000);

  it('holds a user to its permissions', async () => {
    await nats.stop();
    nats = await startNats({
      dir: join(folder, 'nats'),
      users: [{ user: 'reader', password: 'reads', permissions: { publish: { deny: ['kept.>'] } } }],
    });
    await connected(async (connection) => {
      connection.publish('kept.one', 'refused');
      const status = connection.status()[Symbol.asyncIterator]();
      expect((await status.next()).value).toMatchObject({ type: 'error', error: { operation: 'publish' } });
    });
  }, 30_000);
});
