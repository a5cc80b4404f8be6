import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { eventOf } from '@skerry/testing/builders/append';
import { busContract, storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { MemoryBus } from './bus.ts';

const row = (position: number): StoredEvent => storedEventOf(position, eventOf(`scale-u${position}`));

const onFailed = (error: unknown): never => {
  throw error;
};

const listening = async (): Promise<{ bus: MemoryBus; seen: number[] }> => {
  const bus = new MemoryBus();
  const seen: number[] = [];
  await bus.subscribeEvents({ channels: ['scale.*'], onEvent: ({ position }) => seen.push(position), onFailed });
  return { bus, seen };
};

describe('the bus in memory', () => {
  busContract(async () => {
    const bus = new MemoryBus();
    const spoil = async (event: StoredEvent): Promise<void> => {
      bus.setFault(() => 'spoil');
      await bus.publishEvents([event]);
      bus.setFault();
    };
    return { bus, spoil, close: () => bus.close() };
  });

  it('drops, repeats and reorders on demand', async () => {
    const { bus, seen } = await listening();
    bus.setFault(({ position }) => (['deliver', 'drop', 'repeat', 'hold', 'hold'] as const)[position - 1] ?? 'deliver');
    await bus.publishEvents([1, 2, 3, 4, 5, 6].map(row));
    bus.releaseHeld('reversed');
    await waitUntil('six deliveries', { holds: () => seen.length === 6 });
    expect(seen).toEqual([1, 3, 3, 6, 5, 4]);
  });

  it('holds back while paused and goes on in order', async () => {
    const { bus, seen } = await listening();
    bus.pause();
    await bus.publishEvents([1, 2].map(row));
    expect(seen).toEqual([]);
    bus.resume();
    await bus.publishEvents([row(3)]);
    await waitUntil('three deliveries', { holds: () => seen.length === 3 });
    expect(seen).toEqual([1, 2, 3]);
  });

  it('refuses to publish while disconnected and tells of loss and return', async () => {
    const { bus } = await listening();
    const told: boolean[] = [];
    bus.onConnection((connected) => told.push(connected));
    bus.setConnected(false);
    await expect(bus.publishEvents([row(1)])).rejects.toMatchObject({ name: 'TransientFailure' });
    bus.setConnected(true);
    await bus.publishEvents([row(1)]);
    expect(told).toEqual([false, true]);
  });

  it('forgets what it held when its storage is lost', async () => {
    const { bus } = await listening();
    await bus.publishEvents([row(1)]);
    bus.loseStorage();
    expect(await bus.lastPublished()).toEqual({ position: 0, incarnation: '' });
  });
});
