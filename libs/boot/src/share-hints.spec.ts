import { describe, expect, it } from '@jest/globals';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { HINT_SUBJECT, shareHints } from './share-hints.ts';

/** What a store does with its listeners, in small. */
const hintedStore = () => {
  const own = new Set<(head: number) => void>();
  const heard: number[] = [];
  return {
    heard,
    append: (head: number) => own.forEach((listener) => listener(head)),
    onOwnAppended: (listener: (head: number) => void) => {
      own.add(listener);
      return () => void own.delete(listener);
    },
    hear: (head: number) => void heard.push(head),
  };
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('hints between processes', () => {
  it('what one appends the other hears, and does not send on', async () => {
    const bus = new MemoryBus();
    const [one, other] = [hintedStore(), hintedStore()];
    await shareHints(one, bus);
    await shareHints(other, bus);
    let sent = 0;
    await bus.subscribe(HINT_SUBJECT, () => (sent += 1));
    one.append(7);
    await settled();
    expect(other.heard).toEqual([7]);
    expect(sent).toBe(1);
  });

  it('nothing is sent or heard any more afterwards', async () => {
    const bus = new MemoryBus();
    const [one, other] = [hintedStore(), hintedStore()];
    const unshare = await shareHints(one, bus);
    await shareHints(other, bus);
    unshare();
    one.append(7);
    other.append(8);
    await settled();
    expect([one.heard, other.heard]).toEqual([[], [8]]);
  });
});
