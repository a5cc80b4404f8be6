import { describe, expect, it } from '@jest/globals';
import { Following } from '@skerry/ports/event-store/following';
import { VirtualClock } from '../memory/virtual-clock.ts';

const LOOK_MS = 250;
const PAGE = 10;

/** A store whose head the test moves; each read takes a millisecond. */
const stage = () => {
  const clock = new VirtualClock();
  const now = { head: 0, through: 0, reads: 0, caughtUp: 0, failures: 0, broken: false };
  const following = new Following({
    clock,
    through: () => now.through,
    read: async () => {
      now.reads += 1;
      const [before, upTo] = [now.through, Math.min(now.head, now.through + PAGE)];
      await new Promise<void>((resolve) => void clock.after(1, resolve));
      if (now.broken) throw new Error('away');
      now.through = upTo;
      return upTo - before === PAGE;
    },
    onCaughtUp: () => (now.caughtUp += 1),
    onFailed: () => (now.failures += 1),
  });
  return {
    now,
    following,
    clock,
    append: (count: number): void => following.hear((now.head += count)),
    pass: (ms: number): Promise<void> => clock.advanceAsync(ms),
  };
};

/** Started, and its first look over. */
const started = async () => {
  const one = stage();
  one.following.start();
  await one.pass(10);
  Object.assign(one.now, { reads: 0, caughtUp: 0 });
  return one;
};

describe('following the store', () => {
  it('reads nothing before it starts, and then all that is there', async () => {
    const { now, following, append, pass } = stage();
    append(3);
    await pass(1_000);
    expect(now.reads).toBe(0);
    following.start();
    await pass(10);
    expect([now.through, now.reads, now.caughtUp]).toEqual([3, 1, 1]);
  });

  it('reads at once when it is told, and not again for what it has read', async () => {
    const { now, following, append, pass } = await started();
    append(3);
    await pass(10);
    following.hear(3);
    following.hear(2);
    await pass(10);
    expect([now.through, now.reads]).toEqual([3, 1]);
  });

  it('reads on for a hint that comes while it reads', async () => {
    const { now, append, pass } = await started();
    append(3);
    append(2);
    await pass(10);
    expect([now.through, now.reads]).toEqual([5, 2]);
  });

  it('looks by itself when nothing has come for a quarter of a second, page after page', async () => {
    const { now, pass } = await started();
    now.head = 25;
    await pass(LOOK_MS);
    expect([now.through, now.reads]).toEqual([25, 3]);
  });

  it('does not look while hints bring it on', async () => {
    const { now, append, pass } = await started();
    for (let hint = 0; hint < 20; hint += 1) {
      append(1);
      await pass(LOOK_MS / 2);
    }
    expect([now.through, now.reads]).toEqual([20, 20]);
  });

  it('reads once, not again and again, for what is not there, and not at all for what is no position', async () => {
    const { now, following, append, pass } = await started();
    following.hear(Number.NaN);
    await pass(10);
    expect(now.reads).toBe(0);
    following.hear(7);
    await pass(10);
    expect([now.reads, now.caughtUp]).toEqual([1, 1]);
    append(8);
    await pass(10);
    expect(now.through).toBe(8);
  });

  it('reads once more for a hint that came while a read found nothing', async () => {
    const { now, following, append, pass } = await started();
    following.hear(1);
    append(2);
    await pass(10);
    expect([now.through, now.reads]).toEqual([2, 2]);
  });

  it('tries what has failed again at the next look, and says that it has caught up only then', async () => {
    const { now, append, pass } = await started();
    now.broken = true;
    append(1);
    await pass(100);
    expect([now.failures, now.reads, now.caughtUp]).toEqual([1, 1, 0]);
    now.broken = false;
    await pass(LOOK_MS);
    expect([now.through, now.caughtUp]).toEqual([1, 1]);
  });

  it('tries a page that has failed again at the next look, also when the one before it was full', async () => {
    const { now, pass } = await started();
    now.head = 15;
    await pass(LOOK_MS - 9);
    expect(now.through).toBe(PAGE);
    now.broken = true;
    await pass(10);
    expect([now.failures, now.reads]).toEqual([1, 2]);
    now.broken = false;
    await pass(LOOK_MS);
    expect(now.through).toBe(15);
  });

  it('reads nothing more once it is stopped, and leaves no timer', async () => {
    const { now, clock, following, append, pass } = await started();
    append(3);
    following.stop();
    append(3);
    await pass(1_000);
    expect([now.reads, now.caughtUp, clock.pending]).toEqual([1, 0, 0]);
  });
});
