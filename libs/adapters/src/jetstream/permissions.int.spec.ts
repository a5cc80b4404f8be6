import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNatsServer } from '@skerry/testing/infra/infra';
import type { TestNatsServer } from '@skerry/testing/infra/test-servers';
import { eventOf } from '@skerry/testing/builders/append';
import { storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { type JetStreamBus, type JetStreamBusOptions, openJetStreamBus } from './bus.ts';
import { BUS_SERVICES, servicePermissions, syncerPermissions, syncerUserOf } from './permissions.ts';

const CLUSTERS = ['north', 'south'];
const passwordOf = (user: string): string => `password of ${user}`;
const users = [
  ...BUS_SERVICES.map((user) => ({ user, permissions: servicePermissions(user) })),
  ...CLUSTERS.map((cluster) => ({ user: syncerUserOf(cluster), permissions: syncerPermissions(cluster) })),
].map((one) => ({ ...one, password: passwordOf(one.user) }));

let folder: string;
let nats: TestNatsServer;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-rights-')));
  nats = await startTestNatsServer({ dir: join(folder, 'nats'), users });
}, 120_000);
afterAll(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const opened: JetStreamBus[] = [];
afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

const open = async (
  user: string,
  more: Pick<JetStreamBusOptions, 'makesStreams' | 'onRefused'> = {},
): Promise<JetStreamBus> => {
  const bus = await openJetStreamBus({ servers: nats.url, user, password: passwordOf(user), name: user, ...more });
  opened.push(bus);
  return bus;
};

const onFailed = (error: unknown): never => {
  throw error;
};

/** Positions that a user sees of these channels. */
const follow = async (bus: JetStreamBus, channels: readonly string[]): Promise<number[]> => {
  const seen: number[] = [];
  await bus.subscribeEvents({ channels, onEvent: ({ position }) => seen.push(position), onFailed });
  return seen;
};

let position = 0;
const desiredOf = (cluster: string) =>
  storedEventOf(++position, eventOf(`desired-${cluster}/u`, { partition: cluster, cluster }));

describe('users at NATS', () => {
  it('the relay makes the streams and publishes; a syncer sees the desired state of its own cluster only', async () => {
    const relay = await open('relay', { makesStreams: true });
    const north = await open(syncerUserOf('north'));
    const own = await follow(north, ['desired.north']);
    const others = await follow(north, ['desired.south']);
    const all = await follow(north, ['manifest.*', 'desired.north']);
    const seenByRollout = await follow(await open('rollout'), ['desired.*']);
    const events = [desiredOf('south'), desiredOf('north')];
    await relay.publishEvents(events);
    await waitUntil('both see theirs', { holds: () => own.length > 0 && seenByRollout.length === 2 });
    expect([own, others, all]).toEqual([[events[1]!.position], [], []]);
  });

  it('a syncer reports for its own cluster only', async () => {
    const taken: string[] = [];
    await open('relay', { makesStreams: true });
    const clusters = await open('clusters');
    await clusters.subscribeReports(async ({ cluster }) => void taken.push(cluster));
    const north = await open(syncerUserOf('north'));
    await expect(north.publishReport({ cluster: 'south', data: Buffer.from('x') })).rejects.toThrow();
    await north.publishReport({ cluster: 'north', data: Buffer.from('x') });
    await waitUntil('a report is taken', { holds: () => taken.length > 0 });
    expect(taken).toEqual(['north']);
  });

  it('a syncer is heard beating for its own cluster only, and hears what is for it', async () => {
    const clusters = await open('clusters');
    const beats: string[] = [];
    await clusters.subscribe('beat.*', (subject) => beats.push(subject));
    const north = await open(syncerUserOf('north'));
    const asked: string[] = [];
    await north.subscribe('resync.north', (subject) => asked.push(subject));
    await north.subscribe('resync.south', (subject) => asked.push(subject));
    clusters.publish('resync.south', new Uint8Array());
    clusters.publish('resync.north', new Uint8Array());
    north.publish('beat.south', new Uint8Array());
    north.publish('beat.north', new Uint8Array());
    await waitUntil('both are heard', { holds: () => beats.length > 0 && asked.length > 0 });
    expect([beats, asked]).toEqual([['beat.north'], ['resync.north']]);
  });

  it('each says how it does under its own name only, and the gateway hears all', async () => {
    const heard: string[] = [];
    await (await open('gateway')).subscribe('status.*', (subject) => heard.push(subject));
    for (const user of ['relay', syncerUserOf('north')]) {
      const bus = await open(user);
      for (const name of ['rollout', syncerUserOf('south'), user]) bus.publish(`status.${name}`, new Uint8Array());
    }
    await waitUntil('both are heard', { holds: () => heard.length >= 2 });
    expect(heard.sort()).toEqual(['status.relay', 'status.syncer-north']);
  });

  it.each(['clusters', 'scheduler', 'replicas', 'rollout'])('%s follows several categories', async (service) => {
    const relay = await open('relay', { makesStreams: true });
    const refused: unknown[] = [];
    const seen = await follow(await open(service, { onRefused: (one) => refused.push(one) }), [
      'manifest.*',
      'desired.*',
    ]);
    await relay.publishEvents([desiredOf('south')]);
    await waitUntil('it is seen', { holds: () => seen.length > 0 });
    expect([seen, refused]).toEqual([[position], []]);
  });

  it.each(BUS_SERVICES)('%s sees where the bus ends', async (service) => {
    await (await open('relay', { makesStreams: true })).publishEvents([desiredOf('south')]);
    expect((await (await open(service)).lastPublished()).position).toBe(position);
  });

  it('a syncer does not read what others are told, by no way', async () => {
    await expect((await open(syncerUserOf('north'))).lastPublished()).rejects.toThrow();
  });

  it('a subject that is refused is told, once', async () => {
    await open('relay', { makesStreams: true });
    const refused: { operation: string; subject: string }[] = [];
    const north = await open(syncerUserOf('north'), { onRefused: (one) => refused.push(one) });
    north.publish('beat.south', new Uint8Array());
    north.publish('beat.south', new Uint8Array());
    await follow(north, ['desired.south']);
    const creating = expect.stringMatching(/^\$JS\.API\.CONSUMER\.CREATE\.EV\..*\.ev\.desired\.south\.>$/);
    expect(refused).toEqual([
      { operation: 'publish', subject: 'beat.south' },
      { operation: 'publish', subject: creating },
    ]);
  });

  it.each(BUS_SERVICES.filter((name) => name !== 'relay'))('%s publishes no event', async (service) => {
    await open('relay', { makesStreams: true });
    const bus = await open(service);
    await expect(bus.publishEvents([desiredOf('north')])).rejects.toThrow();
  });

  it('a name that is no service is refused with the names that are', () => {
    expect(() => servicePermissions('gatway')).toThrow(/"gatway" is no service of the hub; there are gateway, relay/);
  });
});
