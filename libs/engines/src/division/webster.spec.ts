import fc from 'fast-check';
import { fnv1a32 } from '@skerry/kernel/canonical';
import { handOut, type Seat, takeAway } from './webster.ts';

const seat = fc.record({
  votes: fc.integer({ min: 0, max: 1_000_000 }),
  seats: fc.integer({ min: 0, max: 60 }),
  cap: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 200 })),
  floor: fc.integer({ min: 0, max: 40 }),
});
const seats = fc
  .array(fc.oneof({ weight: 3, arbitrary: seat }, fc.constant({ votes: 7, seats: 0, cap: Infinity, floor: 0 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) => all.map((one, index): Seat => ({ ...one, cluster: `c${index}` })));

/** Every seat that there is, in the order in which the method gives them, written down without any cleverness. */
const inOrder = (all: readonly Seat[], uid: string): { cluster: string; seat: number }[] =>
  all
    .flatMap(({ cluster, votes }) => {
      const tie = fnv1a32(`${uid}\0${cluster}`);
      return Array.from({ length: 520 }, (_, at) => ({ cluster, votes, tie, seat: at }));
    })
    .sort((a, b) => {
      const quotients = b.votes * (2 * a.seat + 1) - a.votes * (2 * b.seat + 1);
      return quotients || a.seat - b.seat || a.tie - b.tie || (a.cluster < b.cluster ? -1 : 1);
    });

const given = (all: readonly Seat[], count: number): Map<string, number> => {
  const have = new Map(all.map((one) => [one.cluster, one.seats]));
  let left = count;
  for (const { cluster, seat: at } of inOrder(all, 'u1')) {
    const { votes, cap } = all.find((one) => one.cluster === cluster)!;
    if (left === 0 || votes === 0 || at !== have.get(cluster) || at >= cap) continue;
    have.set(cluster, at + 1);
    left -= 1;
  }
  return have;
};

const taken = (all: readonly Seat[], count: number): Map<string, number> => {
  const have = new Map(all.map((one) => [one.cluster, one.seats]));
  let left = count;
  for (const { cluster, seat: at } of inOrder(all, 'u1').reverse()) {
    const { floor } = all.find((one) => one.cluster === cluster)!;
    if (left === 0 || at + 1 !== have.get(cluster) || at < floor) continue;
    have.set(cluster, at);
    left -= 1;
  }
  return have;
};

describe('seats by quotients', () => {
  it('are the same however many are given at once', () => {
    fc.assert(
      fc.property(seats, fc.integer({ min: 0, max: 440 }), (all, count) => {
        expect(handOut(all, { count, uid: 'u1' })).toEqual(given(all, count));
      }),
      { numRuns: 60 },
    );
  });

  it('are the same however many are taken at once', () => {
    fc.assert(
      fc.property(seats, fc.integer({ min: 0, max: 400 }), (all, count) => {
        expect(takeAway(all, { count, uid: 'u1' })).toEqual(taken(all, count));
      }),
      { numRuns: 60 },
    );
  });

  it('of two thousand million replicas over 500 clusters are counted in well under a second', () => {
    const wide = Array.from({ length: 500 }, (_, at): Seat => ({
      cluster: `c${at}`,
      votes: 1 + at,
      seats: 0,
      cap: Infinity,
      floor: 0,
    }));
    const count = 2 ** 31 - 1;
    const startMs = performance.now();
    const handed = handOut(wide, { count, uid: 'u1' });
    expect([...handed.values()].reduce((sum, one) => sum + one, 0)).toBe(count);
    const back = takeAway(
      wide.map((one) => ({ ...one, seats: handed.get(one.cluster)! })),
      { count: count - 3, uid: 'u1' },
    );
    expect([...back.values()].reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
