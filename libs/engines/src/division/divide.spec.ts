import fc from 'fast-check';
import { type Candidate, divide, type DivisionSnapshot } from './divide.ts';

const candidate = (cluster: string, more: Partial<Candidate> = {}): Candidate => ({
  cluster,
  weight: 1,
  min: 0,
  max: 0,
  mayGrow: true,
  noGrowthReason: '',
  ...more,
});
const snapshot = (more: Partial<DivisionSnapshot>): DivisionSnapshot => ({
  uid: 'u1',
  strategy: 'Weighted',
  hasReplicas: true,
  wanted: 6,
  candidates: [],
  present: new Map(),
  rebalance: false,
  ...more,
});
const targets = (input: DivisionSnapshot) => Object.fromEntries(divide(input).targets);
const presentAs = (counts: Readonly<Record<string, number>>) =>
  new Map(Object.entries(counts).map(([name, count]) => [name, { target: count, told: count }]));

describe('weighted division', () => {
  it('hands seats to the largest votes ÷ (2·seats + 1)', () => {
    // votes 3:2:1, n 6 → quotients 3, 2, 1 (tie with 3/3), 3/3, 2/3, 3/5: a 3, b 2, c 1
    const candidates = [candidate('a', { weight: 3 }), candidate('b', { weight: 2 }), candidate('c', { weight: 1 })];
    expect(targets(snapshot({ candidates }))).toEqual({ a: 3, b: 2, c: 1 });
  });

  it('hands out only the difference when n rises, and takes only the difference when it falls', () => {
    const candidates = ['a', 'b', 'c'].map((name) => candidate(name));
    expect(targets(snapshot({ candidates, wanted: 7, present: presentAs({ a: 5, b: 1 }) }))).toEqual({
      a: 5,
      b: 1,
      c: 1,
    });
    // last seats given: a's fifth, fourth, third
    expect(targets(snapshot({ candidates, wanted: 3, present: presentAs({ a: 5, b: 1 }) }))).toEqual({ a: 2, b: 1 });
  });

  it('divides anew when the weights were edited', () => {
    const candidates = [candidate('a', { weight: 1 }), candidate('b', { weight: 2 })];
    expect(targets(snapshot({ candidates, present: presentAs({ a: 6 }), rebalance: true }))).toEqual({ a: 2, b: 4 });
  });

  it('gives what a limit cuts off to the others, and says what is left over', () => {
    const candidates = [candidate('a', { max: 1 }), candidate('b', { max: 2 })];
    const outcome = divide(snapshot({ candidates }));
    expect(Object.fromEntries(outcome.targets)).toEqual({ a: 1, b: 2 });
    expect(outcome.shortfall).toEqual([
      { replicas: 3, cluster: '', reason: 'a: perCluster max is 1; b: perCluster max is 2' },
    ]);
  });

  it('serves minimums first', () => {
    const candidates = [candidate('a', { weight: 100 }), candidate('b', { weight: 1, min: 2 })];
    expect(targets(snapshot({ candidates }))).toEqual({ a: 4, b: 2 });
  });

  it('lets a cluster that may not grow keep what it holds', () => {
    const candidates = [candidate('a', { mayGrow: false, noGrowthReason: 'the cluster is Silent' }), candidate('b')];
    expect(targets(snapshot({ candidates, wanted: 8, present: presentAs({ a: 3, b: 3 }) }))).toEqual({ a: 3, b: 5 });
  });

  it('names why nothing fits', () => {
    expect(divide(snapshot({ candidates: [] })).shortfall).toEqual([
      { replicas: 6, cluster: '', reason: 'no cluster fits' },
    ]);
  });
});

describe('duplicated division', () => {
  it('gives every cluster n, and what a limit cuts off is a shortfall there', () => {
    const outcome = divide(
      snapshot({ strategy: 'Duplicated', candidates: [candidate('a'), candidate('b', { max: 4 })] }),
    );
    expect(Object.fromEntries(outcome.targets)).toEqual({ a: 6, b: 4 });
    expect(outcome.shortfall).toEqual([{ replicas: 2, cluster: 'b', reason: 'perCluster max is 4' }]);
  });

  it('is how zero replicas are placed, so that a workload that is scaled to zero stays where it is', () => {
    expect(targets(snapshot({ wanted: 0, candidates: [candidate('a'), candidate('b')] }))).toEqual({ a: 0, b: 0 });
  });

  it('makes no new copy where nothing may grow, and says why', () => {
    const closed = candidate('a', { mayGrow: false, noGrowthReason: 'has not reported which kinds it serves' });
    const outcome = divide(
      snapshot({ strategy: 'Duplicated', hasReplicas: false, wanted: 1, candidates: [closed, candidate('b')] }),
    );
    expect(Object.fromEntries(outcome.targets)).toEqual({ b: 1 });
    expect(outcome.shortfall).toEqual([
      { replicas: 1, cluster: 'a', reason: 'has not reported which kinds it serves' },
    ]);
  });
});

const candidatesAnd = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 5 }),
      min: fc.constantFrom(0, 0, 1, 3),
      max: fc.constantFrom(0, 0, 0, 2, 5),
      mayGrow: fc.boolean(),
      present: fc.option(fc.nat(8), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) =>
    rows.map((row, index) => ({ ...row, max: row.max === 0 ? 0 : Math.max(row.max, row.min), cluster: `c${index}` })),
  );
type Rows = typeof candidatesAnd extends fc.Arbitrary<infer T> ? T : never;
const toSnapshot = (wanted: number, rows: Rows): DivisionSnapshot =>
  snapshot({
    wanted,
    candidates: rows.map((row) => candidate(row.cluster, { ...row, noGrowthReason: 'closed' })),
    present: new Map(
      rows.flatMap((row) =>
        row.present === undefined ? [] : [[row.cluster, { target: row.present, told: row.present }]],
      ),
    ),
  });

describe('any weighted division', () => {
  const RUNS = { numRuns: 20_000 };
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);

  it('places n less its shortfall', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), candidatesAnd, (wanted, rows) => {
        const { targets: counts, shortfall } = divide(toSnapshot(wanted, rows));
        return total(counts) === wanted - shortfall.reduce((sum, one) => sum + one.replicas, 0);
      }),
      RUNS,
    );
  });

  it('keeps every cluster within its limit and within what it may hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), candidatesAnd, (wanted, rows) => {
        const { targets: counts } = divide(toSnapshot(wanted, rows));
        return rows.every(({ cluster, max, mayGrow, present = 0 }) => {
          const count = counts.get(cluster) ?? 0;
          return (max === 0 || count <= max) && (mayGrow || count <= present);
        });
      }),
      RUNS,
    );
  });

  it('applied again changes nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), candidatesAnd, (wanted, rows) => {
        const first = divide(toSnapshot(wanted, rows)).targets;
        const again = toSnapshot(
          wanted,
          rows.map((row) => ({ ...row, present: first.get(row.cluster) })),
        );
        expect(divide(again).targets).toEqual(first);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not depend on the order of clusters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), candidatesAnd, (wanted, rows) => {
        expect(divide(toSnapshot(wanted, [...rows].reverse()))).toEqual(divide(toSnapshot(wanted, rows)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes no replica from any cluster when one is added and nothing limits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), candidatesAnd, (wanted, rows) => {
        const free = rows.map((row): Rows[number] => ({ ...row, min: 0, max: 0, mayGrow: true, present: undefined }));
        const before = divide(toSnapshot(wanted, free)).targets;
        const after = divide(toSnapshot(wanted + 1, free)).targets;
        return [...before].every(([cluster, count]) => (after.get(cluster) ?? 0) >= count);
      }),
      RUNS,
    );
  });
});
