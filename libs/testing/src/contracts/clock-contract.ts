import { expect, it } from '@jest/globals';
import type { Clock } from '@skerry/ports/clock/clock';

/** What every clock promises. `pass` lets time go by. */
export const clockContract = (open: () => { clock: Clock; pass: (ms: number) => Promise<void> }): void => {
  it('moves on, monotonically and by the calendar', async () => {
    const { clock, pass } = open();
    const [startMs, start] = [clock.monotonicMs(), clock.now().getTime()];
    await pass(30);
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(29);
    expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(28);
  });

  it('wakes once, not before its time, and in order of time', async () => {
    const { clock, pass } = open();
    const startMs = clock.monotonicMs();
    const woken: string[] = [];
    clock.after(40, () => woken.push(`late ${clock.monotonicMs() - startMs >= 39}`));
    clock.after(20, () => woken.push(`early ${clock.monotonicMs() - startMs >= 19}`));
    clock.after(0, () => woken.push('now true'));
    expect(woken).toEqual([]);
    await pass(120);
    expect(woken).toEqual(['now true', 'early true', 'late true']);
  });

  it('does not wake before its time who waits for years', async () => {
    const { clock, pass } = open();
    const woken: string[] = [];
    const cancels = [2 ** 31, 2 ** 40, Infinity].map((delayMs) => clock.after(delayMs, () => woken.push(`${delayMs}`)));
    await pass(40);
    cancels.forEach((cancel) => cancel());
    expect(woken).toEqual([]);
  });

  it('does not wake who cancelled', async () => {
    const { clock, pass } = open();
    const woken: string[] = [];
    const cancel = clock.after(10, () => woken.push('cancelled'));
    clock.after(20, () => woken.push('kept'));
    cancel();
    await pass(80);
    expect(woken).toEqual(['kept']);
  });
};
