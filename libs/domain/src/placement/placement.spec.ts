import { create } from '@skerry/contract/message';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { type DecidePlacement, type Known, placement, type PlacementEvent, type PlacementState } from './placement.ts';

const ref = create(ObjectRefSchema, { uid: 'u1', kind: 'Deployment', name: 'web', namespace: 'shop' });
const ready = (counted: number): Known => ({ counted, verdictAgainst: false });
const command = (more: Partial<DecidePlacement>): DecidePlacement => ({
  ref,
  unit: 'replica',
  wanted: 4,
  hasReplicas: true,
  strategy: 'Weighted',
  targets: new Map([['a', 4]]),
  known: new Map(['a', 'b'].map((name) => [name, { counted: undefined, verdictAgainst: false }])),
  shortfall: [],
  divisionBasis: 'd1',
  decisionBasis: 'x',
  manifestGeneration: 1,
  weightsHash: '',
  selected: new Set(['b']),
  adopt: false,
  ungoverned: false,
  withdrawn: false,
  engine: 'test',
  ...more,
});

const given = (...commands: DecidePlacement[]): PlacementState =>
  commands.reduce((state, one) => {
    const decision = placement.decide(state, one);
    if (decision.kind !== 'accepted') throw new Error(decision.why);
    return decision.events.reduce(placement.evolve, state);
  }, placement.initialState);
const decide = (state: PlacementState, one: DecidePlacement): readonly PlacementEvent[] => {
  const decision = placement.decide(state, one);
  return decision.kind === 'accepted' ? decision.events : [];
};
const toldIn = (event: PlacementEvent | undefined) =>
  Object.fromEntries(event!.data.clusters.map((one) => [one.cluster, one.told]));
const toB = { targets: new Map([['b', 4]]), divisionBasis: 'd2' };

describe('a placement', () => {
  it('is decided once: the same command again yields no event', () => {
    expect(decide(given(command({})), command({}))).toEqual([]);
  });

  it('of an object that fits nowhere and was nowhere is no event', () => {
    expect(decide(placement.initialState, command({ targets: new Map() }))).toEqual([]);
  });

  it('moves by telling the new cluster first and keeping the old one until its replacement is counted', () => {
    const moving = given(command({}), command(toB));
    expect(toldIn({ type: 'PlacementDecided', data: moving.decided!, version: 2 })).toEqual({ a: 4, b: 4 });
    const known = new Map([
      ['a', ready(4)],
      ['b', ready(4)],
    ]);
    const [done] = decide(moving, command({ ...toB, known }));
    expect(toldIn(done)).toEqual({ b: 4 });
    expect(done!.data.removed.map(({ cluster, cause }) => [cluster, cause])).toEqual([['a', 'policy']]);
  });

  it('names in a fall the version that reports have to name from then on', () => {
    const state = given(
      command({ wanted: 4 }),
      command({ wanted: 2, targets: new Map([['a', 2]]), divisionBasis: 'd2' }),
    );
    expect(state.clusters.get('a')).toMatchObject({ told: 2, lastFall: 2 });
    const risen = given(command({ wanted: 2, targets: new Map([['a', 2]]) }), command({}));
    expect(risen.clusters.get('a')).toMatchObject({ told: 4, lastFall: 0 });
  });

  it('does not count what a cluster reported before it had fallen to nothing, when it is told anew', () => {
    const known = new Map([
      ['a', ready(4)],
      ['b', ready(4)],
    ]);
    const moved = given(command({}), command(toB), command({ ...toB, known }));
    expect(moved.clusters.has('a')).toBe(false);
    const back = given(command({}), command(toB), command({ ...toB, known }), command({ divisionBasis: 'd3' }));
    expect(back.clusters.get('a')).toMatchObject({ told: 4, lastFall: 4 });
  });

  it('that is withdrawn is told nowhere, at once, whatever is counted', () => {
    const [event] = decide(given(command({})), command({ withdrawn: true, targets: new Map() }));
    expect(event!.data.clusters).toEqual([]);
    expect(event!.data.removed.map(({ cluster, cause }) => [cluster, cause])).toEqual([['a', 'owner']]);
  });

  it('forgets a cluster that left the fleet', () => {
    const known = new Map<string, Known>([
      ['a', { counted: undefined, verdictAgainst: true, left: true }],
      ['b', ready(0)],
    ]);
    const [event] = decide(given(command({})), command({ ...toB, known }));
    expect(toldIn(event)).toEqual({ b: 4 });
  });

  it('is not decided anew while a fall only waits longer', () => {
    const moving = given(command({}), command(toB));
    const known = new Map([
      ['a', ready(4)],
      ['b', ready(1)],
    ]);
    expect(decide(moving, command({ ...toB, known })).length).toBe(1); // one ready in b lets one go in a
    expect(
      decide(
        moving,
        command({
          ...toB,
          known: new Map([
            ['a', ready(4)],
            ['b', ready(0)],
          ]),
        }),
      ),
    ).toEqual([]);
  });
});
