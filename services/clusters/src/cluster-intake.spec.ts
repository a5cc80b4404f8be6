import { create } from '@skerry/contract/message';
import { ObjectObservedSchema, ObservedState, RepairSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { BeatSchema, ReportSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { ClusterIntake } from './cluster-intake.ts';

const observed = (uid: string, ready: number, more: { lowest?: number; version?: bigint } = {}) =>
  create(ObjectObservedSchema, {
    ref: { uid },
    cluster: 'a',
    state: ObservedState.APPLIED,
    placementVersion: more.version ?? 1n,
    hasCount: true,
    count: { replicas: ready, ready, updated: ready, lowestReady: more.lowest ?? ready },
  });
const report = (
  sequence: number,
  objects: ReturnType<typeof observed>[],
  more: { term?: number; complete?: boolean } = {},
) =>
  create(ReportSchema, {
    cluster: 'a',
    term: BigInt(more.term ?? 1),
    sequence: BigInt(sequence),
    objects,
    completeBegin: more.complete ?? false,
    completeEnd: more.complete ?? false,
  });
const beat = (lastSequence: number, term = 1) =>
  create(BeatSchema, { cluster: 'a', term: BigInt(term), lastSequence: BigInt(lastSequence), apiReady: true });
/** Whose beat is taken, whatever its age. */
const taken = (intake: ClusterIntake): { term: number; sequence: number } | undefined => {
  const beat = intake.takeBeat(0);
  return beat && { term: beat.term, sequence: beat.sequence };
};
const NOBODY = new Map<string, { gone: boolean }>();
const take = (intake: ClusterIntake, message: ReturnType<typeof report>, nowMs: number, known = NOBODY) =>
  intake.take(message, { known, nowMs });

describe('reports of one cluster', () => {
  it('lead to at most one event per object and second, with the lowest ready of what was held', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    expect(intake.due(0)).toHaveLength(1);
    take(intake, report(2, [observed('w', 1)]), 100);
    take(intake, report(3, [observed('w', 3)]), 200);
    expect(intake.due(900)).toEqual([]);
    expect(intake.due(1_000)).toMatchObject([{ count: { ready: 3, lowestReady: 1 } }]);
  });

  it('of another placement version do not inherit the lowest of the one before', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    intake.due(0);
    take(intake, report(2, [observed('w', 0, { version: 1n })]), 100);
    take(intake, report(3, [observed('w', 2, { version: 2n })]), 200);
    expect(intake.due(1_000)).toMatchObject([{ placementVersion: 2n, count: { lowestReady: 2 } }]);
  });

  it('that come twice are taken once', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    intake.due(0);
    take(intake, report(1, [observed('w', 0)], { complete: true }), 5_000);
    expect(intake.due(5_000)).toEqual([]);
  });

  it('after a gap, or of a new term without a complete set, ask for everything; beats wait until it has come', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [], { complete: true }), 0);
    intake.addBeat(beat(1), 0);
    expect(taken(intake)).toEqual({ term: 1, sequence: 1 });
    expect(take(intake, report(3, []), 100).resync).toBe(true);
    intake.addBeat(beat(3), 100);
    expect(taken(intake)).toBeUndefined();
    expect(take(intake, report(4, [], { complete: true }), 200).resync).toBe(false);
    expect(taken(intake)).toEqual({ term: 1, sequence: 3 });
    expect(take(intake, report(2, [], { term: 2 }), 300).resync).toBe(true);
  });

  it('that are complete name what is not reported any more', () => {
    const known = new Map([
      ['w', { gone: false }],
      ['x', { gone: false }],
      ['y', { gone: true }],
    ]);
    expect(take(new ClusterIntake('a'), report(1, [observed('w', 1)], { complete: true }), 0, known).missing).toEqual([
      'x',
    ]);
  });
});

describe('repairs of an object that is held', () => {
  it('are the last twenty, however many there were', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    intake.due(0);
    for (let n = 0; n < 30; n += 1) {
      const repaired = create(ObjectObservedSchema, {
        ...observed('w', 3),
        repairs: [create(RepairSchema, { manager: `m${n}` })],
      });
      take(intake, report(n + 2, [repaired]), 100);
    }
    const [held] = intake.due(1_000);
    expect(held!.repairs.map(({ manager }) => manager)).toEqual(Array.from({ length: 20 }, (_, n) => `m${n + 10}`));
  });
});

describe('a beat', () => {
  it('of a new term waits also for what the old one had not handed out', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    intake.due(0);
    take(intake, report(2, [observed('w', 2)]), 100);
    take(intake, report(1, [observed('w', 1)], { complete: true, term: 2 }), 200);
    intake.addBeat(beat(1, 2), 250);
    expect(taken(intake)).toBeUndefined();
    intake.due(1_000);
    expect(taken(intake)).toEqual({ term: 2, sequence: 1 });
  });

  it('is found among 200,000 objects that are held', () => {
    const intake = new ClusterIntake('a');
    const all = Array.from({ length: 200_000 }, (_, n) => observed(`w${n}`, 3));
    take(intake, report(1, all, { complete: true }), 0);
    intake.addBeat(beat(1), 0);
    expect(taken(intake)).toBeUndefined();
    expect(intake.due(0)).toHaveLength(200_000);
    expect(taken(intake)).toEqual({ term: 1, sequence: 1 });
  });

  it('counts only when everything that it names has been handed out', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [observed('w', 3)], { complete: true }), 0);
    intake.due(0);
    take(intake, report(2, [observed('w', 2)]), 100);
    intake.addBeat(beat(2), 150);
    expect(taken(intake)).toBeUndefined();
    intake.due(1_000);
    expect(taken(intake)).toEqual({ term: 1, sequence: 2 });
  });

  it('that names a report that has not come yet waits for it', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [], { complete: true }), 0);
    intake.addBeat(beat(2), 0);
    expect(taken(intake)).toBeUndefined();
    take(intake, report(2, []), 10);
    expect(taken(intake)).toEqual({ term: 1, sequence: 2 });
  });

  it('is as old as it had to wait for them', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [], { complete: true }), 0);
    intake.addBeat(beat(2), 5_000);
    take(intake, report(2, []), 35_000);
    expect(intake.takeBeat(35_000)).toEqual({ term: 1, sequence: 2, ageMs: 30_000 });
  });

  it('of an older term proves nothing', () => {
    const intake = new ClusterIntake('a');
    take(intake, report(1, [], { complete: true, term: 2 }), 0);
    intake.addBeat(beat(1, 1), 0);
    expect(taken(intake)).toBeUndefined();
  });
});
