import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import { TransientFailure } from '@skerry/kernel/errors';
import type { EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { delegate } from '../delegate.ts';
import { sharedStarts } from './shared-starts.ts';

/** A store that counts how often pages are read, or fails. */
const stage = async () => {
  const clock = new VirtualClock();
  const { events } = createMemoryStore({ clock });
  const told = { reads: 0, fails: false };
  const readLastPerStream: EventStore['readLastPerStream'] = async (request) => {
    told.reads += 1;
    if (told.fails) throw new TransientFailure('away');
    return events.readLastPerStream(request);
  };
  const shared = sharedStarts(delegate(events, { readLastPerStream }), clock);
  const append = (): Promise<unknown> => events.append(appendOf([eventOf('scale-a', { partition: '1' })]));
  await append();
  const page = (upTo?: number): Promise<readonly StoredEvent[]> =>
    shared.readLastPerStream({ category: 'scale', ...(upTo !== undefined && { upTo }) });
  return { clock, told, shared, append, page, store: events };
};

describe('services that start together', () => {
  it('read the last rows up to a position once, also when the streams go on meanwhile', async () => {
    const { told, page, append } = await stage();
    const [first, second] = await Promise.all([page(1), page(1)]);
    await append();
    expect(await page(1)).toBe(first);
    expect(second).toBe(first);
    expect(first!.map(({ position }) => position)).toEqual([1]);
    expect(told.reads).toBe(1);
    expect((await page(2)).map(({ position }) => position)).toEqual([2]);
    expect(told.reads).toBe(2);
  });

  it('get the newest rows when they ask for no position', async () => {
    const { page, append } = await stage();
    await page();
    await append();
    expect((await page()).map(({ position }) => position)).toEqual([2]);
  });

  it('keep nothing for long', async () => {
    const { clock, told, page } = await stage();
    await page(1);
    await clock.advanceAsync(9_000);
    await page(1);
    expect(told.reads).toBe(1);
    await clock.advanceAsync(2_000);
    await page(1);
    expect(told.reads).toBe(2);
  });

  it('get nothing of another history', async () => {
    const { told, page, shared, store } = await stage();
    await shared.head();
    await page(1);
    store.adoptRestored();
    await shared.head();
    await page(1);
    expect(told.reads).toBe(2);
  });

  it('are each told of a failure, after which nothing from before it is answered', async () => {
    const { told, page } = await stage();
    await page(1);
    told.fails = true;
    await expect(Promise.all([page(2), page(2)])).rejects.toThrow('away');
    told.fails = false;
    await page(1);
    expect(told.reads).toBe(3);
  });

  it('go on with everything else as it is', async () => {
    const { shared } = await stage();
    expect((await shared.head()).position).toBe(1);
  });
});
