import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { TransientFailure } from '@skerry/kernel/errors';
import type { ChannelHeads } from '@skerry/ports/bus/bus';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { silentLog } from '../telemetry/log.ts';
import { PrometheusMetrics } from '../telemetry/prometheus.ts';
import { decodeHeads, HEADS_SUBJECT } from './heads.ts';
import { refuseBusAhead } from './bus-ahead.ts';
import { Relay } from './relay.ts';

let clock: VirtualClock;
let store: MemoryStore;
let bus: MemoryBus;
let seen: number[];
let relays: Relay[];
beforeEach(async () => {
  clock = new VirtualClock();
  store = createMemoryStore({ clock });
  bus = new MemoryBus({ clock });
  seen = [];
  relays = [];
  const onFailed = (error: unknown): never => {
    throw error;
  };
  await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
});
afterEach(() => Promise.all(relays.map((relay) => relay.stop())));

const relayOf = (log = silentLog): Relay => {
  const relay = new Relay({ store: store.events, bus, clock, log });
  relays.push(relay);
  return relay;
};
const append = (count = 1) =>
  store.events.append(appendOf(Array.from({ length: count }, (_, i) => eventOf(`scale-u${i}`))));

describe('the relay', () => {
  it('publishes what is appended, in order, as soon as it is told', async () => {
    const relay = relayOf();
    await relay.start();
    await append(3);
    await append(2);
    await clock.advanceAsync(0);
    expect([seen, relay.published]).toEqual([[1, 2, 3, 4, 5], 5]);
  });

  it('publishes a backlog of several pages', async () => {
    await relayOf().start();
    bus.setConnected(false);
    for (let i = 0; i < 3; i++) await append(900);
    bus.setConnected(true);
    await clock.advanceAsync(250);
    expect([seen.length, seen.at(-1)]).toEqual([2_700, 2_700]);
  });

  it('goes on where the bus ends, also when another one stopped there', async () => {
    const first = relayOf();
    await first.start();
    await append(2);
    await clock.advanceAsync(0);
    await first.stop();
    await append(2);
    await relayOf().start();
    await clock.advanceAsync(0);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('goes on at the head of the store when the bus is empty: what is older consumers read there', async () => {
    await append(5);
    const relay = relayOf();
    await relay.start();
    await append(1);
    await clock.advanceAsync(0);
    expect([seen, relay.published]).toEqual([[6], 6]);
  });

  it('tries again at each look while the bus cannot be reached, and sets no more timers than before', async () => {
    const relay = relayOf();
    await relay.start();
    bus.setConnected(false);
    await append(1);
    await clock.advanceAsync(60_000);
    expect([String(relay.failure), clock.pending]).toEqual(['TransientFailure: the bus cannot be reached', 2]);
    bus.setConnected(true);
    await clock.advanceAsync(250);
    expect([seen, relay.failure]).toEqual([[1], undefined]);
  });

  it('tells the heads of all channels once a second', async () => {
    const heads: ChannelHeads[] = [];
    await bus.subscribe(HEADS_SUBJECT, (_subject, data) => heads.push(decodeHeads(data)));
    await append(1);
    await relayOf().start();
    await clock.advanceAsync(2_000);
    const { incarnation } = await store.events.head();
    const [[channel]] = [...(await store.events.channelHeads()).channels] as unknown as [[string]];
    expect(heads).toEqual(Array(3).fill({ incarnation, head: 1, channels: { [channel]: 1 } }));
  });

  it.each([0, 1, 2, 3, 4, 5])('publishes nothing when it is stopped %i steps into its start', async (steps) => {
    const relay = relayOf();
    const starting = relay.start();
    for (let step = 0; step < steps; step++) await Promise.resolve();
    await relay.stop();
    await starting;
    await append(1);
    await clock.advanceAsync(2_000);
    expect([seen, clock.pending]).toEqual([[], 0]);
  });

  it('gives figures while it runs', async () => {
    const metrics = new PrometheusMetrics();
    const relay = new Relay({ store: store.events, bus, clock, log: silentLog, metrics });
    await relay.start();
    await append(3);
    await clock.advanceAsync(0);
    bus.setConnected(false);
    await append(1);
    await clock.advanceAsync(250);
    const text = await metrics.text();
    expect(text).toContain('skerry_relay_position{relay="relay"} 3');
    expect(text).toContain('skerry_relay_published_total{relay="relay"} 3');
    expect(text).toContain('skerry_relay_failing{relay="relay"} 1');
    await clock.advanceAsync(4_750);
    const later = await metrics.text();
    expect(later).toContain('skerry_relay_lag_positions{relay="relay"} 1');
    expect(later).toContain('skerry_relay_lag_seconds{relay="relay"} 5');
    bus.setConnected(true);
    await clock.advanceAsync(1_000);
    expect(await metrics.text()).toMatch(
      /lag_positions{relay="relay"} 0\n(.*\n)*.*lag_seconds{relay="relay"} 0(\.\d+)?\n/,
    );
    await relay.stop();
    expect(await metrics.text()).not.toContain('{relay="relay"}');
  });

  it('leaves no timer when it stops', async () => {
    const relay = relayOf();
    await relay.start();
    await relay.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('the relay refuses', () => {
  const lose = (rows: number) => {
    const restored = createMemoryStore({ clock });
    const incarnation = store.events.head().then((head) => head.incarnation);
    store = { ...restored, events: withIncarnation(restored.events, incarnation) };
    return append(rows);
  };

  it('to start when the bus is ahead of the store, naming the command to run', async () => {
    const relay = relayOf();
    await relay.start();
    await append(5);
    await clock.advanceAsync(0);
    await relay.stop();
    await lose(3);
    const late = relayOf();
    await expect(late.start()).rejects.toMatchObject({ name: 'TerminalFailure', code: 'bus-ahead' });
    await expect(refuseBusAhead({ store: store.events, bus, log: silentLog })).rejects.toThrow(
      'the bus holds events up to 5, the store ends at 3: was a backup restored? If so run: skerry store adopt-restored',
    );
  });

  it('to go on when the store was put back under it', async () => {
    const real = store.events;
    let back = 0;
    const sinking = {
      ...bound(real),
      channelHeads: async () => {
        const { head, channels } = await real.channelHeads();
        return { head: { ...head, position: head.position - back }, channels };
      },
    };
    const relay = new Relay({ store: sinking, bus, clock, log: silentLog });
    relays.push(relay);
    await relay.start();
    await append(5);
    await clock.advanceAsync(1_000);
    expect(relay.failure).toBeUndefined();
    back = 2;
    await clock.advanceAsync(1_000);
    expect(relay.failure).toMatchObject({ code: 'bus-ahead' });
    await append(1);
    await clock.advanceAsync(5_000);
    expect([seen.at(-1), clock.pending]).toEqual([5, 0]);
  });

  it('nothing while the bus or the store is away', async () => {
    const away = () => Promise.reject(new TransientFailure('away'));
    await refuseBusAhead({ store: store.events, bus: { lastPublished: away }, log: silentLog });
    await refuseBusAhead({ store: { head: away }, bus, log: silentLog });
    const other = () => Promise.reject(new Error('a bug'));
    await expect(refuseBusAhead({ store: { head: other }, bus, log: silentLog })).rejects.toThrow('a bug');
  });

  it('nothing when another relay publishes while it looks', async () => {
    const active = relayOf();
    await active.start();
    await append(5);
    await clock.advanceAsync(0);
    const { events } = store;
    const busy = {
      ...bound(events),
      head: async () => {
        const head = await events.head();
        await append(1);
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
        return head;
      },
    };
    await refuseBusAhead({ store: busy, bus, log: silentLog });
    expect((await bus.lastPublished()).position).toBe(6);
  });

  it('nothing when another incarnation was adopted: it goes on at the head', async () => {
    const relay = relayOf();
    await relay.start();
    await append(5);
    await clock.advanceAsync(0);
    await relay.stop();
    await lose(3);
    store.events.adoptRestored();
    await relayOf().start();
    await clock.advanceAsync(0);
    expect(relays.at(-1)!.published).toBe(3);
  });
});

type Events = MemoryStore['events'];

const bound = (events: Events) => ({
  read: events.read.bind(events),
  head: events.head.bind(events),
  channelHeads: events.channelHeads.bind(events),
  onAppended: events.onAppended.bind(events),
});

/** The same store under another one's incarnation, until it is adopted. */
const withIncarnation = (events: Events, incarnation: Promise<string>): Events => {
  const own = events.head.bind(events);
  events.head = async () => ({ ...(await own()), incarnation: await incarnation });
  const adopt = events.adoptRestored.bind(events);
  events.adoptRestored = () => {
    events.head = own;
    return adopt();
  };
  return events;
};
