import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNatsServer } from '@skerry/testing/infra/infra';
import type { TestNatsServer } from '@skerry/testing/infra/test-servers';
import { eventOf } from '@skerry/testing/builders/append';
import { busContract, storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { type JetStreamBus, type JetStreamBusOptions, openJetStreamBus } from './bus.ts';
import { subjectOf } from './event-message.ts';
import { requireServerVersion } from './streams.ts';

let folder: string;
let nats: TestNatsServer;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-bus-')));
  nats = await startTestNatsServer({ dir: join(folder, 'nats') });
}, 120_000);
afterAll(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

// Closed also when a test fails: a connection that is left open would keep the run from ending.
const opened: JetStreamBus[] = [];
afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

const open = async (more: Partial<JetStreamBusOptions> = {}): Promise<JetStreamBus> => {
  const [{ user, password }] = nats.users as unknown as [{ user: string; password: string }];
  const bus = await openJetStreamBus({ servers: nats.url, user, password, name: 'test', makesStreams: true, ...more });
  opened.push(bus);
  return bus;
};

const withConnection = async (work: (connection: NatsConnection) => Promise<void>): Promise<void> => {
  const [{ user, password }] = nats.users as unknown as [{ user: string; password: string }];
  const connection = await connect({ servers: nats.url, user, pass: password });
  await work(connection);
  await connection.close();
};

const withManager = (work: (manager: JetStreamManager) => Promise<void>): Promise<void> =>
  withConnection(async (connection) => work(await jetstreamManager(connection)));

/** A message on the event's subject that has neither headers nor bytes. */
const publishNothing = async (connection: NatsConnection, event: StoredEvent): Promise<void> =>
  void (await jetstream(connection).publish(subjectOf(event), new Uint8Array()));

const onFailed = (error: unknown): never => {
  throw error;
};

const clear = (): Promise<void> =>
  withManager(async (manager) => {
    for (const name of ['EV', 'REPORTS']) await manager.streams.delete(name).catch(() => undefined);
  });

describe('the bus on JetStream', () => {
  busContract(async () => {
    await clear();
    const bus = await open();
    const spoil = (event: StoredEvent) => withConnection((connection) => publishNothing(connection, event));
    return { bus, spoil, close: async () => undefined };
  });
});

it('a listener that throws is told of, and everybody goes on hearing', async () => {
  const failures: string[] = [];
  const bus = await open({ onListenerFailed: ({ subject, error }) => failures.push(`${subject}: ${String(error)}`) });
  const heard: string[] = [];
  await bus.subscribe('parked.*', () => {
    throw new Error('no JSON');
  });
  await bus.subscribe('*.*', (subject) => void heard.push(subject));
  for (const subject of ['parked.a', 'beat.c1', 'parked.b']) bus.publish(subject, new Uint8Array());
  await waitUntil('three messages', { holds: () => heard.length === 3 && failures.length === 2 });
  expect(failures).toEqual(['parked.a: Error: no JSON', 'parked.b: Error: no JSON']);
});

describe('the bus on a server in trouble', () => {
  it('goes on after the server was killed and its storage deleted, without being told', async () => {
    await clear();
    const bus = await open();
    const told: boolean[] = [];
    bus.onConnection((connected) => told.push(connected));
    const seen: number[] = [];
    await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
    const row = (position: number) => storedEventOf(position, eventOf(`scale-u${position}`));
    await bus.publishEvents([row(1)]);
    await waitUntil('the first event', { holds: () => seen.includes(1) });
    await nats.kill();
    await waitUntil('the loss is told', { holds: () => told.at(-1) === false });
    await expect(bus.publishEvents([row(2)])).rejects.toMatchObject({ name: 'TransientFailure' });
    nats.deleteStorage();
    await nats.restart();
    await waitUntil('the return is told', { holds: () => told.at(-1) === true });
    expect(await bus.lastPublished()).toEqual({ position: 0, incarnation: '' });
    await bus.publishEvents([row(2), row(3)]);
    await waitUntil('the third event', { holds: () => seen.includes(3), deadlineMs: 3_000 });
  }, 60_000);

  it('publishes 20,000 events in order although the server is paused in the middle', async () => {
    await clear();
    const bus = await open();
    const seen: number[] = [];
    await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
    const rows = Array.from({ length: 20_000 }, (_, i) => storedEventOf(i + 1, eventOf(`scale-u${i % 50}`)));
    const publishing = publishUntilDone(bus, rows);
    await waitUntil('a part is there', { holds: () => seen.length > 3_000 });
    nats.pause();
    await new Promise((resolve) => setTimeout(resolve, 4_000)); // the pause itself is what is tested
    nats.resume();
    await publishing;
    await waitUntil('the last event', { holds: () => seen.at(-1) === 20_000, deadlineMs: 10_000 });
    expect(await bus.lastPublished()).toMatchObject({ position: 20_000 });
    const inOrder = [...new Set(seen)];
    expect(inOrder).toEqual(rows.map(({ position }) => position));
  }, 60_000);

  it('holds every event once and in order although two relays publish the same', async () => {
    await clear();
    const [bus, stale] = [await open(), await open()];
    const seen: number[] = [];
    await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
    const rows = Array.from({ length: 3_000 }, (_, i) => storedEventOf(i + 1, eventOf(`scale-u${i % 50}`)));
    await Promise.all([publishUntilDone(bus, rows), publishUntilDone(stale, rows)]);
    await waitUntil('the last event', { holds: () => seen.at(-1) === 3_000 });
    expect(seen).toEqual(rows.map(({ position }) => position));
  }, 30_000);

  it('gives the row itself where the process holds it, and takes the others apart', async () => {
    await clear();
    const rows = [1, 2, 3].map((position) => storedEventOf(position, eventOf(`scale-u${position}`)));
    const held = rows[1]!;
    const known = (place: { position: number; incarnation: string }) =>
      place.position === held.position && place.incarnation === held.incarnation ? held : undefined;
    const bus = await open({ known });
    const seen: StoredEvent[] = [];
    await bus.subscribeEvents({ channels: ['scale.*'], onEvent: (event) => seen.push(event), onFailed });
    await bus.publishEvents(rows);
    await waitUntil('the last event', { holds: () => seen.length === 3 });
    expect(seen).toEqual(rows);
    expect(seen.map((event) => rows.includes(event))).toEqual([false, true, false]);
  }, 30_000);

  it('gives reports that a dead intake had taken but not acknowledged to the next one, first and in order', async () => {
    await clear();
    const [dying, bus] = [await open(), await open()];
    for (const text of ['r1', 'r2', 'r3']) await bus.publishReport({ cluster: 'c1', data: Buffer.from(text) });
    const taken: string[] = [];
    await dying.subscribeReports(({ data }) => {
      taken.push(Buffer.from(data).toString());
      return taken.length === 1 ? Promise.resolve() : new Promise(() => undefined);
    });
    await waitUntil('the second report is stuck', { holds: () => taken.length === 2 });
    await bus.publishReport({ cluster: 'c1', data: Buffer.from('r4') });
    const seen: string[] = [];
    await bus.subscribeReports(async ({ data }) => void seen.push(Buffer.from(data).toString()));
    await waitUntil('the last report', { holds: () => seen.at(-1) === 'r4', deadlineMs: 3_000 });
    expect(seen.filter((text) => text !== 'r1')).toEqual(['r2', 'r3', 'r4']);
  }, 30_000);

  it('makes a consumer anew when somebody deletes it or its stream', async () => {
    await clear();
    const bus = await open();
    const seen: number[] = [];
    const row = (position: number) => storedEventOf(position, eventOf(`scale-u${position}`));
    await bus.publishEvents([row(1)]);
    await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
    await withManager(async (manager) => {
      for await (const { name } of manager.consumers.list('EV')) await manager.consumers.delete('EV', name);
    });
    await bus.publishEvents([row(2)]);
    await waitUntil('the event behind the deletion', { holds: () => seen.includes(2), deadlineMs: 4_000 });
    await clear();
    await bus.publishEvents([row(3)]);
    await waitUntil('the event of the new stream', { holds: () => seen.includes(3), deadlineMs: 4_000 });
    expect(seen).toEqual([2, 3]);
  }, 30_000);

  it('has both streams again after they were deleted, although nobody publishes', async () => {
    const bus = await open();
    await clear();
    const publishes = async (): Promise<boolean> => {
      try {
        await bus.publishReport({ cluster: 'c1', data: Buffer.from('r') });
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: 'TransientFailure' });
        return false;
      }
    };
    await waitUntil('a report is accepted', { holds: publishes, deadlineMs: 3_000 });
  }, 30_000);

  it('refuses a server that is too old, with both versions', () => {
    expect(() => requireServerVersion('2.9.25')).toThrow(
      'the NATS server has version 2.9.25; the least that Skerry runs on is 2.11.0',
    );
    for (const version of ['2.11.0', '2.15.2', '3.0.0-beta.1']) requireServerVersion(version);
  });
});

const publishUntilDone = async (bus: JetStreamBus, rows: ReturnType<typeof storedEventOf>[]): Promise<void> => {
  for (let at = 0; at < rows.length;) {
    try {
      await bus.publishEvents(rows.slice(at, at + 1_000));
      at += 1_000;
    } catch (error) {
      expect(error).toMatchObject({ name: 'TransientFailure' });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};
