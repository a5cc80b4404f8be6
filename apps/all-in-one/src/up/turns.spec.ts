import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { Turns } from './turns.ts';

describe('turns', () => {
  const clock = new VirtualClock();
  const begun: string[] = [];
  let turns: Turns;
  beforeEach(() => {
    turns = new Turns({ clock, patienceMs: 1_000 });
    begun.length = 0;
  });
  const work = (name: string, ends: Promise<void>): Promise<void> =>
    turns.take(() => {
      begun.push(name);
      return ends;
    });
  const never = new Promise<void>(() => {});

  it('come one after another', async () => {
    let end = (): void => {};
    const first = work('a', new Promise((resolve) => (end = resolve)));
    const second = work('b', Promise.resolve());
    await clock.advanceAsync(999);
    expect(begun).toEqual(['a']);
    end();
    await Promise.all([first, second]);
    expect(begun).toEqual(['a', 'b']);
  });

  it('go on after one that failed, which is told to whom it belongs', async () => {
    const first = work('a', Promise.reject(new Error('refused')));
    await expect(first).rejects.toThrow('refused');
    await work('b', Promise.resolve());
    expect(begun).toEqual(['a', 'b']);
  });

  it('are not kept by one that does not end', async () => {
    void work('a', never);
    void work('b', never);
    void work('c', never);
    await clock.advanceAsync(1_000);
    expect(begun).toEqual(['a', 'b']);
    await clock.advanceAsync(1_000);
    expect(begun).toEqual(['a', 'b', 'c']);
  });
});
