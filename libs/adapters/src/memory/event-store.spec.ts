import { describe, expect, it } from '@jest/globals';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { eventStoreContract } from '@skerry/testing/contracts/event-store-contract';
import { createMemoryStore } from './store.ts';

describe('the event store in memory', () => {
  eventStoreContract(async () => {
    const { events, leases } = createMemoryStore();
    return { events, leases, close: () => events.close() };
  });

  it('fails on demand before the append or after it', async () => {
    const { events } = createMemoryStore();
    events.failNextAppends('before', 'after');
    const [first, second] = [appendOf([eventOf('scale-a')]), appendOf([eventOf('scale-b')])];
    await expect(events.append(first)).rejects.toMatchObject({ name: 'TransientFailure' });
    await expect(events.append(second)).rejects.toMatchObject({ name: 'TransientFailure' });
    expect(await events.append(first)).toMatchObject({ kind: 'appended' });
    expect(await events.append(second)).toMatchObject({ kind: 'already-there' });
  });

  it('leaves positions but no rows where it compacted', async () => {
    const { events } = createMemoryStore();
    for (const stream of ['observed-a', 'observed-a', 'scale-a', 'scale-a'])
      await events.append(appendOf([eventOf(stream)]));
    expect(events.compact(['observed'])).toBe(1);
    const range = await events.read({ after: 0 });
    expect([range.events.map(({ position }) => position), range.through]).toEqual([[2, 3, 4], 4]);
    expect(await events.streamVersion('observed-a')).toBe(2);
  });
});
