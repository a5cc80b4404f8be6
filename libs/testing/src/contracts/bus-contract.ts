import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus } from '@skerry/ports/bus/bus';
import { categoryOf, channelOf } from '@skerry/ports/event-store/event-store';
import type { NewEvent, StoredEvent } from '@skerry/ports/event-store/event-store';
import { eventOf, someMeta } from '../builders/append.ts';
import { waitUntil } from './wait-until.ts';

export interface OpenedBus {
  readonly bus: Bus;
  /** Puts on the bus, in the place of this event, something that is none. */
  spoil(event: StoredEvent): Promise<void>;
  close(): Promise<void>;
}

const FIRST = '11111111-1111-4111-8111-111111111111';

/** A row as the store would give it. */
export const storedEventOf = (position: number, event: NewEvent, more: Partial<StoredEvent> = {}): StoredEvent => ({
  ...event,
  position,
  version: position,
  eventId: `00000000-0000-5000-8000-${String(position).padStart(12, '0')}`,
  category: categoryOf(event.stream),
  channel: channelOf(event),
  channelPrev: Math.max(0, position - 1),
  site: 'site',
  fleet: 'fleet',
  incarnation: FIRST,
  meta: someMeta,
  recordedAt: new Date('2026-02-03T04:05:06.789Z'),
  previousHash: position > 1 ? 'ab'.repeat(32) : '',
  ...more,
});

const rows = (from: number, to: number, more: Partial<NewEvent> = {}): StoredEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => storedEventOf(from + i, eventOf(`scale-u${from + i}`, more)));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const onFailed = (error: unknown): never => {
  throw error;
};
const positions = (events: readonly StoredEvent[]): number[] => events.map(({ position }) => position);

/** What every bus promises while nothing is broken. `open` gives a bus with empty streams. */
export const busContract = (open: () => Promise<OpenedBus>): void => {
  let opened: OpenedBus;
  let bus: Bus;
  beforeEach(async () => {
    opened = await open();
    bus = opened.bus;
  });
  afterEach(() => opened.close());

  const listen = async (...channels: string[]): Promise<StoredEvent[]> => {
    const seen: StoredEvent[] = [];
    await bus.subscribeEvents({ channels, onEvent: (event) => seen.push(event), onFailed });
    return seen;
  };

  describe('events', () => {
    it('arrive in order, with every field', async () => {
      const seen = await listen('scale.*');
      const odd = { namespace: '', uid: 'u:/ü 1', cluster: 'c1', data: Uint8Array.from([0, 1, 255]) };
      const sent = [...rows(1, 50), storedEventOf(51, eventOf('scale-größe/x y', odd))];
      await bus.publishEvents(sent);
      await waitUntil('51 events', { holds: () => seen.length >= 51 });
      expect(seen).toEqual(sent);
    });

    it('arrive only on the channels that were asked for', async () => {
      const [one, all] = [await listen('scale.3', 'rollout.1'), await listen('scale.*')];
      const event = (position: number, stream: string, partition: string): StoredEvent =>
        storedEventOf(position, eventOf(stream, { partition }));
      await bus.publishEvents([event(1, 'scale-a', '3'), event(2, 'scale-b', '4'), event(3, 'rollout-a', '1')]);
      await bus.publishEvents([event(4, 'rollout-b', '3'), event(5, 'scale-c', '3')]);
      await waitUntil('both lists', { holds: () => one.length >= 3 && all.length >= 3 });
      expect([positions(one), positions(all)]).toEqual([
        [1, 3, 5],
        [1, 2, 5],
      ]);
    });

    it('arrive from now on, not from before', async () => {
      await bus.publishEvents(rows(1, 3));
      const seen = await listen('scale.*');
      await bus.publishEvents(rows(4, 5));
      await waitUntil('two events', { holds: () => seen.length >= 2 });
      expect(positions(seen)).toEqual([4, 5]);
    });

    it('do not arrive out of order or twice when they are published again', async () => {
      const seen = await listen('scale.*');
      await bus.publishEvents(rows(1, 5));
      await bus.publishEvents(rows(1, 5));
      await bus.publishEvents(rows(4, 8));
      await waitUntil('position 8', { holds: () => seen.at(-1)?.position === 8 });
      expect(positions(seen)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('stop when the subscription is stopped', async () => {
      const seen: StoredEvent[] = [];
      const onEvent = (event: StoredEvent): unknown => seen.push(event);
      const subscription = await bus.subscribeEvents({ channels: ['scale.*'], onEvent, onFailed });
      const other = await listen('scale.*');
      await bus.publishEvents(rows(1, 1));
      await waitUntil('the first event', { holds: () => seen.length === 1 });
      await subscription.stop();
      await bus.publishEvents(rows(2, 2));
      await waitUntil('the other sees the second', { holds: () => other.length === 2 });
      expect(positions(seen)).toEqual([1]);
    });

    it('end with a reason at a message that is none, and nobody else is touched', async () => {
      const [seen, failures] = [[] as StoredEvent[], [] as unknown[]];
      const onEvent = (event: StoredEvent): unknown => seen.push(event);
      await bus.subscribeEvents({ channels: ['scale.*'], onEvent, onFailed: (error) => failures.push(error) });
      const others = await listen('rollout.*');
      await bus.publishEvents(rows(1, 1));
      await waitUntil('the first event', { holds: () => seen.length === 1 });
      await opened.spoil(rows(2, 2)[0]!);
      await waitUntil('the failure is told', { holds: () => failures.length > 0 });
      expect(failures).toMatchObject([{ name: 'TerminalFailure', code: 'message-unreadable' }]);
      await bus.publishEvents([...rows(3, 4), storedEventOf(5, eventOf('rollout-a'))]);
      await waitUntil('the other subscription goes on', { holds: () => others.length === 1 });
      expect([positions(seen), failures.length]).toEqual([[1], 1]);
    });

    it('end with what their reader throws, told once', async () => {
      const failures: unknown[] = [];
      const onEvent = (): never => {
        throw new Error('cannot fold');
      };
      await bus.subscribeEvents({ channels: ['scale.*'], onEvent, onFailed: (error) => failures.push(error) });
      const others = await listen('scale.*');
      await bus.publishEvents(rows(1, 3));
      await waitUntil('the other subscription has all', { holds: () => others.length === 3 });
      expect(failures.map(String)).toEqual(['Error: cannot fold']);
    });

    it('leave behind which was the last', async () => {
      expect(await bus.lastPublished()).toEqual({ position: 0, incarnation: '' });
      await bus.publishEvents(rows(1, 700));
      expect(await bus.lastPublished()).toEqual({ position: 700, incarnation: FIRST });
    });
  });

  describe('reports', () => {
    it('go to whoever still takes them when another one no longer does', async () => {
      const seen: string[] = [];
      const taker = (name: string) => async (report: { data: Uint8Array }) =>
        void seen.push(`${name} ${new TextDecoder().decode(report.data)}`);
      await bus.subscribeReports(taker('first'));
      const second = await bus.subscribeReports(taker('second'));
      await second.stop();
      await bus.publishReport({ cluster: 'c1', data: bytes('r1') });
      await waitUntil('the report', { holds: () => seen.length > 0 });
      expect(seen).toEqual(['first r1']);
    });

    it('wait for the intake, in order, and are gone once it took them', async () => {
      for (let i = 1; i <= 5; i++) await bus.publishReport({ cluster: 'c1', data: bytes(`r${i}`) });
      const seen: string[] = [];
      const take = async (report: { data: Uint8Array }): Promise<void> =>
        void seen.push(new TextDecoder().decode(report.data));
      const first = await bus.subscribeReports(take);
      await waitUntil('five reports', { holds: () => seen.length >= 5 });
      await first.stop();
      await bus.publishReport({ cluster: 'c2', data: bytes('r6') });
      await bus.subscribeReports(take);
      await waitUntil('the sixth report', { holds: () => seen.length >= 6 });
      expect(seen).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
    });

    it('come again, before the next, until the intake took them', async () => {
      const seen: string[] = [];
      let failures = 2;
      await bus.subscribeReports(async ({ cluster, data }) => {
        seen.push(`${cluster} ${new TextDecoder().decode(data)}`);
        if (failures-- > 0) throw new Error('the store is away');
      });
      await bus.publishReport({ cluster: 'c1', data: bytes('r1') });
      await bus.publishReport({ cluster: 'c1', data: bytes('r2') });
      await waitUntil('both reports', { holds: () => seen.at(-1) === 'c1 r2' });
      expect(seen).toEqual(['c1 r1', 'c1 r1', 'c1 r1', 'c1 r2']);
    });
  });

  it('carries core messages to those who listen, by subject or by one wildcard token', async () => {
    const seen: string[] = [];
    const hear = (subject: string, data: Uint8Array): void =>
      void seen.push(`${subject}=${new TextDecoder().decode(data)}`);
    await bus.subscribe('beat.*', hear);
    const heads = await bus.subscribe('heads', hear);
    bus.publish('beat.c1', bytes('1'));
    bus.publish('beat.c1.more', bytes('no'));
    bus.publish('beacon', bytes('no'));
    bus.publish('heads', bytes('2'));
    await waitUntil('both messages', { holds: () => seen.length >= 2 });
    await heads.stop();
    bus.publish('heads', bytes('no'));
    bus.publish('beat.c2', bytes('3'));
    await waitUntil('the third message', { holds: () => seen.length >= 3 });
    expect(seen).toEqual(['beat.c1=1', 'heads=2', 'beat.c2=3']);
  });
};
