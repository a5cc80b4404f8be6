import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { encodeEvent } from '@skerry/domain/codec';
import { TransientFailure } from '@skerry/kernel/errors';
import { CATEGORIES, type Position, type StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { singleChannel, wholeCategories } from '@skerry/runtime/consumer/channel-selection';
import { DecisionService } from '@skerry/runtime/service/decision-service';
import { faultyBus, stormyWeather } from '../support/faulty-bus.ts';
import {
  allComplete,
  appendMany,
  openSea,
  type Sea,
  startLeasedRelay,
  startWitness,
  type Witness,
} from '../support/attacked-sea.ts';

let sea: Sea;
let stopRelay: () => Promise<void>;
let since: Position;
let witnesses: Witness[];

beforeAll(async () => {
  sea = await openSea();
}, 120_000);
afterAll(() => sea.close(), 30_000);

beforeEach(async () => {
  stopRelay = await startLeasedRelay(sea.world);
  since = (await sea.world.store.head()).position;
  witnesses = await Promise.all([
    startWitness(sea.world, { selection: wholeCategories(...CATEGORIES) }),
    startWitness(sea.world, { selection: wholeCategories('scale', 'placement') }),
    startWitness({ ...sea.world, bus: await sea.openBus() }, { selection: singleChannel('desired', 'c1') }),
  ]);
}, 30_000);
afterEach(async () => {
  sea.nats.resume(); // a failed test may have left it paused
  await Promise.all(witnesses.map(({ consumer }) => consumer.stop()));
  await stopRelay();
}, 30_000);

const complete = (): Promise<number> => allComplete(sea.world, { since, witnesses });
/** For whoever tunes the deadlines: how near to them we are. */
const print = (what: string, tookMs: number): void =>
  void process.stdout.write(`${what}: mended after ${Math.round(tookMs)} ms\n`);

/** A started witness beside the others whose bus does what the fault says. */
const witnessBehind = async (fault: Parameters<typeof faultyBus>[1], selection = wholeCategories(...CATEGORIES)) => {
  const witness = await startWitness(sea.world, { selection, bus: faultyBus(sea.world.bus, fault) });
  witnesses.push(witness);
  return witness;
};

describe('every consumer folds every event, in channel order, once', () => {
  it('although NATS is killed and its storage deleted in the middle of 20,000 events', async () => {
    let attack: Promise<void> | undefined;
    const strike = async (): Promise<void> => {
      await sea.nats.kill();
      sea.nats.deleteStorage();
      await sea.nats.restart();
    };
    await appendMany(sea.world, { count: 20_000, onBatch: (done) => done >= 10_000 && (attack ??= strike()) });
    await attack;
    print('NATS without its storage', await complete());
    await appendMany(sea.world, { count: 100 });
    await complete();
    for (const { consumer } of witnesses) expect(consumer.state).toBe('live');
  }, 60_000);

  it('although the last message of a channel is lost on the way to a consumer of that channel only', async () => {
    const lost: StoredEvent[] = [];
    const { consumer } = await witnessBehind((event) => (lost.push(event), []), singleChannel('desired', 'c2'));
    await appendMany(sea.world, { count: 9 });
    print('a lost last message', await complete());
    await waitUntil('the bus brought it', { holds: () => lost.length > 0 });
    expect(consumer.mended).toBe(lost.length);
  }, 30_000);

  it('although messages are lost, repeated and swapped on the way', async () => {
    const faulty = await Promise.all([1, 2, 3].map((seed) => witnessBehind(stormyWeather(seed))));
    await appendMany(sea.world, { count: 6_000, batch: 50 });
    print('losses, repeats and swaps', await complete());
    for (const { consumer } of faulty) expect(consumer.mended).toBeGreaterThan(0);
  }, 30_000);

  it('although NATS stands still for longer than its stream keeps anything', async () => {
    await keepInStream(10);
    sea.nats.pause();
    await appendMany(sea.world, { count: 3_000 });
    print('while NATS stands still', await complete());
    sea.nats.resume();
    await appendMany(sea.world, { count: 3_000 });
    print('NATS back with ten messages', await complete());
    await keepInStream(-1);
  }, 60_000);

  it('although PostgreSQL is killed while it appends', async () => {
    let attack: Promise<void> | undefined;
    const strike = async (): Promise<void> => {
      await sea.postgres.kill();
      await sea.postgres.restart();
    };
    await appendMany(sea.world, { count: 6_000, onBatch: (done) => done >= 2_000 && (attack ??= strike()) });
    await attack;
    print('PostgreSQL killed', await complete());
    expect((await sea.world.store.head()).position).toBe(since + 6_000);
  }, 60_000);
});

const keepInStream = async (messages: number): Promise<void> => {
  const { user, password } = sea.nats.users[0]!;
  const connection = await connect({ servers: sea.nats.url, user, pass: password });
  const manager = await jetstreamManager(connection);
  const { config } = await manager.streams.info('EV');
  await manager.streams.update('EV', { ...config, max_msgs: messages });
  await connection.close();
};

describe('a deciding service on the real store and bus', () => {
  it('holds up no key behind one that fails for a while, and decides that one too', async () => {
    const decided: string[] = [];
    let failuresLeft = 4;
    const service = new DecisionService({
      name: 'attack',
      world: sea.world,
      selection: wholeCategories('selection'),
      fold: ({ row }) => [row.uid],
      decide: async (uid) => {
        if (uid === 'k3' && failuresLeft-- > 0) throw new TransientFailure('not yet');
        decided.push(uid);
        return undefined;
      },
      leased: true,
    });
    await service.start();
    const data = encodeEvent('SelectionDecided', { basis: 'b' });
    const uids = Array.from({ length: 200 }, (_, index) => `k${index}`);
    await sea.world.store.append(
      appendOf(uids.map((uid) => eventOf(`selection-${uid}`, { type: 'SelectionDecided', data }))),
    );
    await waitUntil('all were decided', { holds: () => decided.length === uids.length, deadlineMs: 3_000 });
    expect([decided.at(-1), decided.length, service.worker.parked]).toEqual(['k3', 200, []]);
    await service.stop();
  }, 30_000);
});
