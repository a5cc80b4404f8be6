import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { HEADS_SUBJECT } from '../relay/heads.ts';
import { singleChannel } from './channel-selection.ts';
import { createSea, type Sea } from './consumer.spec-support.ts';

/** Within this every fault has to be found and mended once it is over. */
const DEADLINE_MS = 3_000;

let sea: Sea;
beforeEach(async () => {
  sea = createSea();
});
afterEach(() => sea.relay.stop());

const running = async (options: Parameters<Sea['consumer']>[0] = {}) => {
  await sea.relay.start();
  const one = sea.consumer(options);
  await one.consumer.start();
  await sea.clock.advanceAsync(10);
  return one;
};

describe('a consumer starts', () => {
  it('from the last event of every stream, then the tail', async () => {
    for (const uid of ['a', 'a', 'b', 'a']) await sea.append(uid);
    const { consumer, positions } = await running();
    expect(positions()).toEqual([4, 3]);
    expect([consumer.state, consumer.through, consumer.mended]).toEqual(['live', 4, 0]);
    await sea.append('b');
    await sea.clock.advanceAsync(10);
    expect(positions()).toEqual([4, 3, 5]);
  });

  it('and folds once, in order, what is appended while it reads', async () => {
    await sea.append('a');
    const { events } = sea.store;
    const store = {
      head: () => events.head(),
      read: events.read.bind(events),
      readLastPerStream: async (request: Parameters<typeof events.readLastPerStream>[0]) => {
        await sea.append('a');
        await sea.append('a');
        return events.readLastPerStream(request);
      },
    };
    const { positions } = await running({ store });
    expect(positions()).toEqual([1, 2, 3]);
  });

  it('with no event when its category has none, at the head', async () => {
    await sea.store.events.append(appendOf([eventOf('profile-a')]));
    const { consumer, positions } = await running();
    expect([positions(), consumer.positionOf('scale.1')]).toEqual([[], 1]);
  });

  it('not while the store cannot be reached, and then when asked again', async () => {
    await sea.append('a');
    const { consumer, positions } = sea.consumer();
    sea.store.events.setReachable(false);
    await expect(consumer.start()).rejects.toMatchObject({ name: 'TransientFailure' });
    sea.store.events.setReachable(true);
    await consumer.start();
    expect([positions(), consumer.state]).toEqual([[1], 'live']);
  });

  it('not on another incarnation when it is asked again', async () => {
    await sea.append('a');
    const { bus } = sea;
    const { consumer } = sea.consumer({
      bus: {
        subscribeEvents: () => Promise.reject(new Error('no bus')),
        subscribe: bus.subscribe.bind(bus),
        onConnection: bus.onConnection.bind(bus),
      },
    });
    await expect(consumer.start()).rejects.toThrow('no bus');
    sea.store.events.adoptRestored();
    await expect(consumer.start()).rejects.toMatchObject({ code: 'incarnation-changed' });
  });
});

describe('a consumer on a bus in trouble', () => {
  it('fills a hole from the store as soon as it sees it', async () => {
    let asked = 0;
    const { events } = sea.store;
    const store = {
      head: () => (asked++, events.head()),
      read: events.read.bind(events),
      readLastPerStream: events.readLastPerStream.bind(events),
    };
    const { consumer, positions } = await running({ store });
    sea.bus.setFault(({ position }) => (position === 2 ? 'drop' : 'deliver'));
    for (const uid of ['a', 'b', 'c']) await sea.append(uid);
    await sea.clock.advanceAsync(30);
    expect(positions()).toEqual([1, 2, 3]);
    expect(consumer.mended).toBe(2);
    await sea.clock.advanceAsync(10_000);
    expect(asked).toBe(3); // two at the start: before the states and before the tail
  });

  it('finds a lost last message by the heads', async () => {
    const { consumer, positions } = await running();
    sea.bus.setFault(() => 'drop');
    await sea.append('a');
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([positions(), consumer.mended]).toEqual([[1], 1]);
  });

  it('finds a lost last message of its only channel while others go on', async () => {
    const { positions } = await running({ selection: singleChannel('scale', '1') });
    sea.bus.setFault(({ channel }) => (channel === 'scale.1' ? 'drop' : 'deliver'));
    await sea.append('a', '1');
    await sea.append('b', '2');
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(positions()).toEqual([1]);
  });

  it('folds once what comes twice', async () => {
    const { positions } = await running();
    sea.bus.setFault(() => 'repeat');
    for (const uid of ['a', 'b', 'a']) await sea.append(uid);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(positions()).toEqual([1, 2, 3]);
  });

  it('waits a moment for what is only out of order, without asking the store', async () => {
    const { consumer, positions } = await running();
    sea.bus.setFault(() => 'hold');
    for (const uid of ['a', 'b', 'c']) await sea.append(uid);
    await sea.clock.advanceAsync(0);
    sea.bus.setFault();
    sea.bus.releaseHeld('reversed');
    await sea.clock.advanceAsync(100);
    expect([positions(), consumer.mended]).toEqual([[1, 2, 3], 0]);
  });

  it('reads the store while the bus delivers nothing, and folds nothing twice when it does again', async () => {
    const { positions } = await running();
    sea.bus.pause();
    for (const uid of ['a', 'b', 'c']) await sea.append(uid);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(positions()).toEqual([1, 2, 3]);
    sea.bus.resume();
    await sea.clock.advanceAsync(100);
    expect(positions()).toEqual([1, 2, 3]);
  });

  it('reads nothing from the store while the bus is slow but brings what comes next', async () => {
    let deliver: (event: StoredEvent) => void = () => {};
    const { bus } = sea;
    const { consumer, positions } = await running({
      bus: {
        subscribeEvents: async ({ onEvent }) => ((deliver = onEvent), { stop: async () => {} }),
        subscribe: bus.subscribe.bind(bus),
        onConnection: bus.onConnection.bind(bus),
      },
    });
    const rows = [await sea.append('a'), await sea.append('b')];
    await sea.clock.advanceAsync(1_000); // heads
    deliver(rows[0]!);
    await sea.clock.advanceAsync(600);
    expect([positions(), consumer.mended]).toEqual([[1], 0]);
    deliver(rows[1]!);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([positions(), consumer.mended]).toEqual([[1, 2], 0]);
  });

  it('reads the store while there are no heads: no relay, no bus', async () => {
    const { positions } = await running();
    await sea.relay.stop();
    await sea.append('a');
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(positions()).toEqual([1]);
  });

  it('takes heads that cannot be read for none', async () => {
    const { consumer, positions } = await running();
    await sea.relay.stop();
    await sea.append('a');
    for (let i = 0; i < 6; i++) {
      sea.bus.publish(HEADS_SUBJECT, Uint8Array.of(255, 255));
      await sea.clock.advanceAsync(500);
    }
    expect([consumer.state, positions()]).toEqual(['live', [1]]);
  });

  it('asks the store at once when the connection is back', async () => {
    const { positions } = await running();
    sea.bus.setConnected(false);
    await sea.append('a');
    await sea.clock.advanceAsync(300);
    expect(positions()).toEqual([]);
    sea.bus.setConnected(true);
    await sea.clock.advanceAsync(0);
    expect(positions()).toEqual([1]);
  });
});

describe('a consumer whose store cannot be reached', () => {
  it('goes on with what the bus brings, and mends holes when the store is back', async () => {
    const { consumer, positions } = await running();
    sea.bus.setFault(({ position }) => (position === 2 ? 'drop' : 'deliver'));
    for (const uid of ['a', 'b', 'c']) await sea.append(uid, uid === 'c' ? '2' : '1');
    const tail = await sea.append('d');
    await sea.clock.advanceAsync(0);
    sea.store.events.setReachable(false);
    await sea.clock.advanceAsync(30_000);
    expect([positions(), consumer.state]).toEqual([[1, 3], 'live']);
    sea.store.events.setReachable(true);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([positions().sort(), consumer.positionOf('scale.1')]).toEqual([[1, 2, 3, 4], tail.position]);
  });

  it('tells who wants to catch up that it has not', async () => {
    const { consumer } = await running();
    sea.store.events.setReachable(false);
    await expect(consumer.catchUp()).rejects.toMatchObject({ name: 'TransientFailure' });
  });
});

describe('a consumer is offered its own events', () => {
  it('at acknowledgement, before the bus brings them, and folds them once', async () => {
    const { consumer, positions } = await running();
    sea.bus.pause();
    consumer.offer(await sea.append('a'));
    expect(positions()).toEqual([1]);
    sea.bus.resume();
    await sea.clock.advanceAsync(100);
    expect(positions()).toEqual([1]);
  });

  it('out of order, and folds them in order', async () => {
    const { consumer, positions } = await running();
    sea.bus.pause();
    const [first, second] = [await sea.append('a'), await sea.append('a')];
    consumer.offer(second);
    consumer.offer(first);
    expect([positions(), consumer.mended]).toEqual([[1, 2], 0]);
  });

  it('of channels that it does not read, and leaves them alone', async () => {
    const { consumer, positions } = await running({ selection: singleChannel('scale', '2') });
    consumer.offer(await sea.append('a', '1'));
    await sea.clock.advanceAsync(100);
    expect(positions()).toEqual([]);
  });

  it('of an earlier incarnation, by a command that was repeated, and goes on', async () => {
    const row = await sea.append('a');
    sea.store.events.adoptRestored();
    const { consumer } = await running();
    consumer.offer(row);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([consumer.state, consumer.failure]).toEqual(['live', undefined]);
  });
});

describe('a consumer stops', () => {
  it('at an event that cannot be folded, folds nothing more and says so', async () => {
    const failures: unknown[] = [];
    const seen: number[] = [];
    const { consumer } = await running({
      fold: ({ position }) => {
        if (position === 2) throw new Error('event type Foo is not known');
        seen.push(position);
      },
      onFailed: (error) => failures.push(error),
    });
    for (const uid of ['a', 'b', 'c']) await sea.append(uid, uid);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([seen, consumer.state]).toEqual([[1], 'stopped']);
    expect([String(consumer.failure), failures.length]).toEqual(['Error: event type Foo is not known', 1]);
    await expect(consumer.catchUp()).rejects.toThrow('event type Foo is not known');
  });

  it('at a message on the bus that is no event, and says so', async () => {
    const failures: unknown[] = [];
    const { consumer, positions } = await running({ onFailed: (error) => failures.push(error) });
    sea.bus.setFault(({ position }) => (position === 2 ? 'spoil' : 'deliver'));
    for (const uid of ['a', 'b', 'c']) await sea.append(uid);
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([positions(), consumer.state]).toEqual([[1], 'stopped']);
    expect([consumer.failure, failures.length]).toMatchObject([{ code: 'message-unreadable' }, 1]);
  });

  it('at an event that cannot be folded while it starts', async () => {
    await sea.append('a');
    const { consumer } = sea.consumer({
      fold: () => {
        throw new Error('bytes');
      },
    });
    await expect(consumer.start()).rejects.toThrow('bytes');
    await expect(consumer.start()).rejects.toThrow('bytes');
  });

  it('when the store has another incarnation, and tells it', async () => {
    const told: string[] = [];
    const { consumer } = await running({ onIncarnation: (incarnation) => told.push(incarnation) });
    const incarnation = sea.store.events.adoptRestored();
    await sea.append('a');
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect([consumer.state, told]).toEqual(['stopped', [incarnation]]);
    expect(consumer.failure).toMatchObject({ code: 'incarnation-changed' });
  });

  it('when the store ends before what was folded from it, naming the command', async () => {
    let position = 5;
    const store = { ...sea.store.events, head: async () => ({ position, incarnation: 'one' }) };
    const { consumer } = sea.consumer({
      store: {
        head: store.head,
        read: async ({ after }) => ({ events: [], through: Math.max(after, position) }),
        readLastPerStream: async () => [],
      },
    });
    await consumer.start();
    position = 3;
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(consumer.failure).toMatchObject({ code: 'store-behind' });
    expect(String(consumer.failure)).toContain('run: skerry store adopt-restored');
  });

  it('but not because the store was slow to say where it ends, and the bus has brought more meanwhile', async () => {
    const { events } = sea.store;
    let lateMs = 0;
    const head: typeof events.head = async () => {
      const asked = await events.head();
      if (lateMs > 0) await new Promise<void>((resolve) => void sea.clock.after(lateMs, resolve));
      return asked;
    };
    const store = { head, read: events.read.bind(events), readLastPerStream: events.readLastPerStream.bind(events) };
    const { consumer, positions } = await running({ store });
    lateMs = DEADLINE_MS;
    const caughtUp = consumer.catchUp();
    await sea.append('a');
    await sea.clock.advanceAsync(2 * DEADLINE_MS);
    await caughtUp;
    expect([consumer.failure, consumer.through, positions()]).toEqual([undefined, 1, [1]]);
  });

  it('when told, and leaves no timer and no subscription', async () => {
    const { consumer, positions } = await running();
    await consumer.stop();
    await sea.relay.stop();
    expect(sea.clock.pending).toBe(0);
    await sea.relay.start();
    await sea.append('a');
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(positions()).toEqual([]);
    await expect(consumer.catchUp()).rejects.toThrow('consumer test was stopped');
  });
});

describe('who waits for a position', () => {
  it('goes on once the channel is folded that far, or was quiet that far', async () => {
    const { consumer } = await running();
    const reached: string[] = [];
    void consumer.waitFor('scale.1', 1).then(() => reached.push('first'));
    void consumer.waitFor('scale.7', 2).then(() => reached.push('quiet'));
    await sea.append('a');
    await sea.clock.advanceAsync(10);
    expect(reached).toEqual(['first']);
    await sea.store.events.append(appendOf([eventOf('profile-a')]));
    await sea.clock.advanceAsync(DEADLINE_MS);
    expect(reached).toEqual(['first', 'quiet']);
  });
});
