import { describe, expect, it } from '@jest/globals';
import { Random } from '../simulation/world/random.ts';
import { changeOf } from './changes.ts';
import { drawFaults, FAULTS } from './faults.ts';
import { allowedPercent, growthOf } from './growth.ts';
import { judgeLives } from './memory.ts';
import { type Held, type Holdings, leftOverIn, lostIn, missingIn } from './left-behind.ts';

const note: Held = { name: 'note', uid: 'u1', number: 7 };
const work = (replicas: number): Held => ({ name: 'work', uid: 'u2', number: 8, replicas });

/** All as it was answered: a note in both, three replicas divided, one object deleted. */
const whole: Holdings = {
  wanted: new Map([
    ['note', { number: 7 }],
    ['work', { number: 8, replicas: 3 }],
    ['gone', undefined],
  ]),
  hub: new Map([
    ['note', note],
    ['work', work(3)],
  ]),
  members: new Map([
    ['north', [note, work(2)]],
    ['south', [note, work(1)]],
  ]),
};
const withSouth = (...south: Held[]): Holdings => ({
  ...whole,
  members: new Map([...whole.members, ['south', south]]),
});
const judged = (holdings: Holdings): string[] => [...lostIn(holdings), ...leftOverIn(holdings)];

describe('what is left after an endurance run', () => {
  it('has no findings when every member holds what was answered', () => {
    expect(judged(whole)).toEqual([]);
  });

  it.each<[string, Holdings, string]>([
    ['a copy that is missing', withSouth(work(1)), 'note: south has none'],
    ['a copy of an older change', withSouth({ ...note, number: 6 }, work(1)), 'note: south has 6, answered was 7'],
    ['too few replicas', withSouth(note), 'work: 2 replicas in all, answered was 3'],
    ['too many replicas', withSouth(note, work(2)), 'work: 4 replicas in all, answered was 3'],
    [
      'a deleted object in a member',
      withSouth(note, work(1), { ...note, name: 'gone' }),
      'gone: deleted, south has it',
    ],
    [
      'the object of before a recreate',
      withSouth({ ...note, uid: 'u0' }, work(1)),
      'note: south has one of uid u0, the hub another',
    ],
    [
      'an answered change that the hub forgot',
      { ...whole, hub: new Map([...whole.hub, ['note', { ...note, number: 6 }]]) },
      'note: the hub has 6, answered was 7',
    ],
    [
      'a deleted object at the hub',
      { ...whole, hub: new Map([...whole.hub, ['gone', { ...note, name: 'gone' }]]) },
      'gone: deleted, the hub has it',
    ],
  ])('finds %s', (_what, holdings, finding) => {
    expect(judged(holdings)).toEqual([finding]);
  });
});

describe('what has not arrived while changes go on', () => {
  it('is a copy that a member lacks or has in an older form', () => {
    expect(missingIn(whole)).toEqual([]);
    expect(missingIn(withSouth(work(1)))).toEqual(['note: south has not got change 7']);
    expect(missingIn(withSouth({ ...note, number: 6 }, work(1)))).toEqual(['note: south has not got change 7']);
  });

  it('is not what was written again since', () => {
    const later = new Map([...whole.hub, ['note', { ...note, number: 9 }]]);
    expect(missingIn({ ...withSouth({ ...note, number: 6 }, work(1)), hub: later })).toEqual([]);
    expect(missingIn(withSouth({ ...note, number: 9 }, work(1)))).toEqual([]);
  });
});

describe('growth of memory', () => {
  it('is the slope of the line through the samples, as a share of the mean', () => {
    const samples = [0, 1, 2, 3, 4].map((step) => ({ seconds: step * 900, mib: 98 + step + (step % 2) * 0.001 }));
    // 1 MiB in a quarter of an hour at a mean of 100 MiB
    expect(growthOf(samples).percentPerHour).toBeCloseTo(4, 1);
    expect(growthOf(samples).percent).toBeCloseTo(4, 1);
  });

  it('may be 5 %/h over the full time; a shorter look leaves out what a heap does by itself', () => {
    expect(allowedPercent(1.5)).toBeCloseTo(7.5);
    expect(allowedPercent(0.2)).toBeCloseTo(9);
    expect(allowedPercent(0.1)).toBeUndefined();
  });
});

describe('the memory of processes', () => {
  const life = (minutes: number, mibAt: (minute: number) => number, name = 'gateway-1') => ({
    name,
    samples: Array.from({ length: minutes }, (_, minute) => ({
      pid: 1,
      seconds: minute * 60,
      liveMib: mibAt(minute),
      anonymousMib: 80,
    })),
  });

  it('is judged by its rise once all that is kept for a time is full', () => {
    const { lines, findings } = judgeLives([life(100, (minute) => 40 + Math.min(minute, 19))]);
    expect(lines).toEqual([expect.stringContaining('0.0 %/h over 79 min')]);
    expect(findings).toEqual([]);
    expect(judgeLives([life(100, (minute) => 40 + minute / 10)]).findings).toHaveLength(1);
  });

  it('is judged by what may fill as long as it fills', () => {
    expect(judgeLives([life(20, (minute) => 40 + minute)]).findings).toEqual([]);
    const leaking = judgeLives([life(20, (minute) => 40 + 2 * minute)]);
    expect(leaking.findings).toEqual([
      'gateway-1: 78 MiB live, 38.0 MiB more in 19 min (24 MiB allowed while it fills)',
    ]);
    expect(judgeLives([life(20, (minute) => 40 + minute / 4, 'relay-1')]).findings).toEqual([]);
    expect(judgeLives([life(20, (minute) => 40 + minute / 2, 'relay-1')]).findings).toHaveLength(1);
  });

  it('is not judged by a few samples', () => {
    expect(judgeLives([life(5, (minute) => 40 * minute)])).toEqual({ lines: [], findings: [] });
  });
});

describe('a run of one seed', () => {
  it('makes the same changes and faults again, and every fault once in each round', () => {
    const draw = (seed: number): string[] => {
      const names = drawFaults(new Random(seed, 'faults'));
      return Array.from({ length: 14 }, () => names.next().value);
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(5).slice(0, 7).sort()).toEqual(Object.keys(FAULTS).sort());
    expect(changeOf(5, 100)).toEqual(changeOf(5, 100));
  });

  it('writes, scales, deletes and makes anew', () => {
    const changes = Array.from({ length: 600 }, (_, number) => changeOf(1, number));
    const deleted = changes.filter(({ command }) => command.method === 'DELETE').length;
    expect(deleted / changes.length).toBeCloseTo(0.15, 1);
    const replicas = new Set(changes.flatMap(({ wanted }) => wanted?.replicas ?? []));
    expect([...replicas].sort()).toEqual([1, 2, 3, 4]);
    expect(new Set(changes.map(({ command }) => command.name)).size).toBe(60);
  });
});
