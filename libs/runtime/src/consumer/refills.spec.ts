import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { Refills } from './refills.ts';

let clock: VirtualClock;
let holes: number;
let reads: number;
let failures: unknown[];
let work: () => Promise<void>;
let refills: Refills;
beforeEach(() => {
  clock = new VirtualClock();
  [holes, reads, failures] = [0, 0, []];
  work = async () => {};
  refills = new Refills({
    clock,
    read: () => (reads++, work()),
    hasHoles: () => holes > 0,
    onFailed: (error) => failures.push(error),
  });
});

describe('reads of the store', () => {
  it('happen once, however many ask at the same time', async () => {
    for (let i = 0; i < 1_000; i++) refills.soon();
    for (let i = 0; i < 1_000; i++) refills.forHole();
    expect(clock.pending).toBe(1);
    await clock.advanceAsync(1_000);
    expect([reads, clock.pending]).toEqual([1, 0]);
  });

  it('happen once more when somebody asks while one runs', async () => {
    const ends: (() => void)[] = [];
    work = () => new Promise((resolve) => ends.push(resolve));
    refills.soon();
    await clock.advanceAsync(0);
    refills.soon();
    refills.forHole();
    await clock.advanceAsync(1_000);
    expect(reads).toBe(1);
    ends.shift()!();
    await clock.advanceAsync(1_000);
    expect(reads).toBe(2);
  });

  it('do not happen for a hole that was filled meanwhile, unless somebody else asked too', async () => {
    holes = 1;
    refills.forHole();
    holes = 0;
    await clock.advanceAsync(1_000);
    expect(reads).toBe(0);
    refills.forHole();
    refills.soon();
    await clock.advanceAsync(1_000);
    expect(reads).toBe(1);
  });

  it('are repeated while a hole is left: it lay behind the end of the last one', async () => {
    holes = 1;
    work = async () => void (holes = reads < 3 ? 1 : 0);
    refills.forHole();
    await clock.advanceAsync(1_000);
    expect(reads).toBe(3);
  });

  it('are tried again every 500 ms while they fail, and each failure is told', async () => {
    work = () => Promise.reject(new Error('away'));
    refills.soon();
    await clock.advanceAsync(2_000);
    expect([reads, failures.length]).toEqual([5, 5]);
    work = async () => {};
    await clock.advanceAsync(2_000);
    expect([reads, failures.length, clock.pending]).toEqual([6, 5, 0]);
  });

  it('that are awaited begin after they were asked for, and say how they went', async () => {
    const ends: ((error?: Error) => void)[] = [];
    work = () => new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())));
    refills.soon();
    await clock.advanceAsync(0);
    const answers: string[] = [];
    void refills.now().then(() => answers.push('first'));
    void refills.now().catch((error: unknown) => answers.push(String(error)));
    await clock.advanceAsync(0);
    expect(reads).toBe(1);
    ends.shift()!(new Error('not ours'));
    await clock.advanceAsync(0);
    expect([reads, answers]).toEqual([2, []]);
    ends.shift()!();
    await clock.advanceAsync(0);
    expect([reads, answers]).toEqual([3, ['first']]);
    ends.shift()!(new Error('ours'));
    await clock.advanceAsync(0);
    expect(answers).toEqual(['first', 'Error: ours']);
  });

  it('no longer happen once stopped', async () => {
    refills.soon();
    refills.stop();
    refills.soon();
    await clock.advanceAsync(1_000);
    expect([reads, clock.pending]).toEqual([0, 0]);
  });
});
