import type { Position } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { createMemoryStore } from '../memory/store.ts';
import { VirtualClock } from '../memory/virtual-clock.ts';
import { Tail } from './tail.ts';

const stage = async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore({ clock }).events;
  const folded: Position[] = [];
  const failures: unknown[] = [];
  const tail = new Tail({
    ...{ store, clock, onAdvanced: () => {}, onFailure: (error) => failures.push(error) },
    fold: ({ position }) => folded.push(position),
  });
  const append = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await store.append(appendOf([eventOf('scale-a')]));
    await clock.advanceAsync(0);
  };
  await tail.start(['scale'], () => {});
  await append(10);
  return { clock, store, tail, folded, failures, append };
};

describe('whoever follows the store', () => {
  it('has folded what was committed before it is asked whether it is fresh', async () => {
    const { tail, folded } = await stage();
    await tail.fresh();
    expect(folded).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('asks once for all who ask while it asks, and not for those the answer that may be older than their question', async () => {
    const { store, tail, append } = await stage();
    const answers: (() => void)[] = [];
    const head = store.head.bind(store);
    store.head = async () => {
      const found = await head();
      await new Promise<void>((resolve) => answers.push(resolve));
      return found;
    };
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    };
    const first = tail.fresh();
    await turns();
    await append(1);
    const later = [tail.fresh(), tail.fresh(), tail.fresh()];
    await turns();
    expect(answers.length).toBe(1);
    answers[0]!();
    await first;
    await turns();
    expect(answers.length).toBe(2);
    answers[1]!();
    await Promise.all(later);
    expect([tail.through, answers.length]).toEqual([11, 2]);
  });

  it('asks beside a question that hangs', async () => {
    const { clock, store, tail } = await stage();
    const head = store.head.bind(store);
    store.head = () => ((store.head = head), new Promise(() => {}));
    const hanging = tail.fresh();
    await clock.advanceAsync(10);
    const later = tail.fresh();
    await clock.advanceAsync(200);
    await later;
    expect(await Promise.race([hanging, Promise.resolve('hangs')])).toBe('hangs');
  });

  it('asks again after a question that failed', async () => {
    const { store, tail } = await stage();
    store.setReachable(false);
    await expect(tail.fresh()).rejects.toThrow();
    store.setReachable(true);
    await tail.fresh();
  });

  it('stops when an older store was put under it, and naming the command answers nothing any more', async () => {
    const { store, tail, folded, failures, append } = await stage();
    store.restoreTo(5);
    await expect(tail.fresh()).rejects.toThrow('the store ends at 5, 10 was folded from it');
    expect(failures).toMatchObject([{ code: 'store-behind' }]);
    await append(8);
    await expect(tail.waitFor(6)).rejects.toThrow('skerry store adopt-restored');
    expect(folded.at(-1)).toBe(10);
  });

  it('stops when the store has another incarnation', async () => {
    const { store, tail } = await stage();
    store.adoptRestored();
    await expect(tail.fresh()).rejects.toMatchObject({ code: 'incarnation-changed' });
  });
});
