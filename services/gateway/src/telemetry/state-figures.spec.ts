import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { stateFigures } from './state-figures.ts';

const at = (position: number) => ({ position, incarnation: 'i' });

describe('how far the state is behind the store', () => {
  it('is the difference of positions, and never below nothing', async () => {
    const clock = new VirtualClock();
    const behind = { store: { head: async () => at(12) }, clock, through: () => 9 };
    expect(await stateFigures(behind)).toEqual({ position: 9, lagPositions: 3 });
    expect(await stateFigures({ ...behind, through: () => 14 })).toEqual({ position: 14, lagPositions: 0 });
    expect(clock.pending).toBe(0);
  });

  it('is left out when the store refuses, or does not answer within a second', async () => {
    const clock = new VirtualClock();
    const head = () => Promise.reject(new Error('away'));
    expect(await stateFigures({ store: { head }, clock, through: () => 9 })).toEqual({ position: 9 });
    const waiting = stateFigures({ store: { head: () => new Promise(() => {}) }, clock, through: () => 9 });
    await clock.advanceAsync(1_000);
    expect(await waiting).toEqual({ position: 9 });
  });
});
