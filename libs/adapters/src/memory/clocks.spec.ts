import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { clockContract } from '@skerry/testing/contracts/clock-contract';
import { systemClock } from './system-clock.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('the system clock', () => {
  clockContract(() => ({ clock: systemClock, pass: (ms) => sleep(ms) }));
});

describe('the virtual clock', () => {
  clockContract(() => {
    const clock = new VirtualClock();
    return { clock, pass: async (ms) => clock.advance(ms) };
  });

  it('stands still unless it is moved, and starts where it is told', () => {
    const clock = new VirtualClock(new Date('2026-05-01T00:00:00Z'));
    clock.advance(1_500);
    expect([clock.now().toISOString(), clock.monotonicMs()]).toEqual(['2026-05-01T00:00:01.500Z', 1_500]);
  });

  it('fires timers that are set on the way, each at its own time', () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.monotonicMs());
      clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    expect([at, clock.monotonicMs(), clock.pending]).toEqual([[10, 20, 30], 35, 1]);
  });

  it('lets loops of await run through', async () => {
    const clock = new VirtualClock();
    let rounds = 0;
    const loop = async (): Promise<void> => {
      while (rounds < 5) {
        await new Promise<void>((resolve) => void clock.after(10, resolve));
        rounds++;
      }
    };
    const done = loop();
    await clock.advanceAsync(50);
    await done;
    expect(rounds).toBe(5);
  });
});
