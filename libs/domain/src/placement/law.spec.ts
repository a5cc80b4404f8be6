import fc from 'fast-check';
import { type Holding, tellLawfully } from './law.ts';

const held = (cluster: string, facts: Partial<Holding>): Holding => ({
  cluster,
  target: undefined,
  told: undefined,
  counted: undefined,
  verdictAgainst: false,
  ...facts,
});
const told = (wanted: number, holdings: Holding[], unit: 'replica' | 'copy' = 'replica') =>
  Object.fromEntries(tellLawfully({ unit, wanted, holdings }).map((one) => [one.cluster, one.told]));

describe('a rise', () => {
  it('is told at once, whatever is counted', () => {
    expect(told(6, [held('a', { target: 4, told: 2 }), held('b', { target: 2, told: 2 })])).toEqual({ a: 4, b: 2 });
  });
});

describe('a cluster that keeps what the hub has forgotten', () => {
  it('is told what it holds, and falls nowhere until it is let go', () => {
    const b = held('b', { target: 2, told: 2, counted: 2 });
    expect(told(4, [held('a', { target: 2, told: 2, held: 5 }), b])).toEqual({ a: 5, b: 2 });
    expect(told(0, [held('a', { told: 5, held: 5, counted: 5 }), b])).toEqual({ a: 5, b: 2 });
    expect(told(1, [held('a', { held: 1 }), held('b', { target: 1, told: 1, counted: 1 })], 'copy')).toEqual({
      a: 1,
      b: 1,
    });
  });

  it('is told its target when that is more, and says whom it waits for', () => {
    expect(told(4, [held('a', { target: 4, told: 2, held: 3 })])).toEqual({ a: 4 });
    const [a] = tellLawfully({ unit: 'replica', wanted: 4, holdings: [held('a', { target: 2, told: 2, held: 3 })] });
    expect(a).toMatchObject({ fell: false, waitsFor: expect.stringContaining('skerry confirm restore a') });
  });
});

describe('a fall of replicas', () => {
  it('goes to its target when enough is ready elsewhere', () => {
    // n 6; a: max(2, 6 − 4) = 2; b: max(2, 6 − 2 − 2)… each with the fall before it
    const holdings = ['a', 'b', 'c'].map((name) => held(name, { target: 2, told: 4, counted: 4 }));
    expect(told(6, holdings)).toEqual({ a: 2, b: 2, c: 2 });
  });

  it('stops where what is ready elsewhere would no longer make up n', () => {
    // n 6; a may fall to max(0, 6 − 2) = 4
    expect(told(6, [held('a', { told: 6, counted: 6 }), held('b', { target: 6, told: 6, counted: 2 })])).toEqual({
      a: 4,
      b: 6,
    });
  });

  it('is decided one cluster after another, so that two do not count on each other', () => {
    // n 2, both leave: a goes because b has 2; b stays because a is gone
    const holdings = [held('a', { told: 2, counted: 2 }), held('b', { told: 2, counted: 2 })];
    expect(told(2, holdings)).toEqual({ a: undefined, b: 2 });
  });

  it('does not count on a cluster without evidence', () => {
    expect(told(3, [held('a', { told: 3, counted: 3 }), held('b', { target: 3, told: 3 })])).toEqual({ a: 3, b: 3 });
  });

  it('waits in a cluster with a verdict against it, also when n falls', () => {
    const a = held('a', { target: 1, told: 3, verdictAgainst: true });
    expect(told(2, [a, held('b', { target: 1, told: 3, counted: 3 })])).toEqual({ a: 3, b: 2 });
  });

  it('says what it waits for while it is stopped', () => {
    const [a] = tellLawfully({
      unit: 'replica',
      wanted: 3,
      holdings: [held('a', { told: 3 }), held('b', { target: 3, told: 3 })],
    });
    expect(a).toMatchObject({ told: 3, fell: false, waitsFor: expect.stringContaining('3 more ready elsewhere') });
  });

  it('keeps what runs when nothing fits any more', () => {
    expect(told(3, [held('a', { told: 3, counted: 3 })])).toEqual({ a: 3 });
  });
});

describe('a copy', () => {
  it('leaves when the ready copies elsewhere are as many as wanted', () => {
    const holdings = [held('a', { told: 2, counted: 2 }), held('b', { target: 2, told: 2, counted: 2 })];
    expect(told(2, holdings, 'copy')).toEqual({ a: undefined, b: 2 });
  });

  it('stays while a wanted copy is not ready at the present n', () => {
    const holdings = [held('a', { told: 3, counted: 3 }), held('b', { target: 3, told: 3, counted: 2 })];
    expect(told(3, holdings, 'copy')).toEqual({ a: 3, b: 3 });
  });

  it('that is wanted follows n at once, up and down', () => {
    expect(told(1, [held('a', { target: 1, told: 5 })], 'copy')).toEqual({ a: 1 });
    expect(told(7, [held('a', { target: 7, told: 5 })], 'copy')).toEqual({ a: 7 });
  });

  it('never leaves when no cluster is chosen at all', () => {
    const holdings = [held('a', { told: 1, counted: 1 }), held('b', { told: 1, counted: 1 })];
    expect(told(1, holdings, 'copy')).toEqual({ a: 1, b: 1 });
  });
});

const holdings = fc
  .uniqueArray(
    fc.record({
      cluster: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      target: fc.option(fc.nat(6), { nil: undefined }),
      told: fc.option(fc.nat(6), { nil: undefined }),
      counted: fc.option(fc.nat(6), { nil: undefined }),
      verdictAgainst: fc.boolean(),
    }),
    { selector: (one) => one.cluster, minLength: 1 },
  )
  // evidence is cleared by a verdict, and never more than what was told
  .map((all) =>
    all.map((one) => ({
      ...one,
      counted:
        one.verdictAgainst || one.counted === undefined || one.told === undefined
          ? undefined
          : Math.min(one.counted, one.told),
    })),
  );

describe('the law', () => {
  const RUNS = { numRuns: 20_000 };

  it('never lets what is counted fall below n by its own falls', () => {
    fc.assert(
      fc.property(fc.nat(12), holdings, (wanted, all) => {
        const result = new Map(
          tellLawfully({ unit: 'replica', wanted, holdings: all }).map((one) => [one.cluster, one]),
        );
        const before = all.reduce((sum, one) => sum + (one.counted ?? 0), 0);
        const after = all.reduce((sum, one) => sum + Math.min(one.counted ?? 0, result.get(one.cluster)!.told ?? 0), 0);
        return after >= Math.min(before, wanted);
      }),
      RUNS,
    );
  });

  it('never tells less than the target, and a rise is always told', () => {
    fc.assert(
      fc.property(fc.nat(12), holdings, (wanted, all) =>
        tellLawfully({ unit: 'replica', wanted, holdings: all }).every((one) => {
          const { target, told: before } = all.find((held_) => held_.cluster === one.cluster)!;
          return (
            (one.told ?? 0) >= (target ?? 0) &&
            (before === undefined || target === undefined || target <= before || one.told === target)
          );
        }),
      ),
      RUNS,
    );
  });

  it('lowers nothing where a verdict stands', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.constantFrom('replica' as const, 'copy' as const), holdings, (wanted, unit, all) =>
        tellLawfully({ unit, wanted, holdings: all }).every((one) => {
          const { told: before, verdictAgainst } = all.find((held_) => held_.cluster === one.cluster)!;
          return !verdictAgainst || before === undefined || (one.told !== undefined && one.told >= before);
        }),
      ),
      RUNS,
    );
  });

  it('gives the same answer for any order of clusters', () => {
    fc.assert(
      fc.property(fc.nat(12), holdings, (wanted, all) => {
        const ask = { unit: 'replica' as const, wanted };
        expect(tellLawfully({ ...ask, holdings: [...all].reverse() })).toEqual(tellLawfully({ ...ask, holdings: all }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never removes the last ready copy', () => {
    fc.assert(
      fc.property(fc.nat(4), holdings, (wanted, all) => {
        const ready = (names: readonly Holding[]) =>
          names.filter((one) => one.told !== undefined && one.counted !== undefined && one.counted >= wanted);
        const result = tellLawfully({ unit: 'copy', wanted, holdings: all });
        const left = ready(all).filter(
          (one) => result.find((told_) => told_.cluster === one.cluster)!.told !== undefined,
        );
        return ready(all).length === 0 || left.length >= 1;
      }),
      RUNS,
    );
  });
});
