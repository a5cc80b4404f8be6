import { create } from '@skerry/contract/message';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { NOT_REPORTED } from '@skerry/domain/observed/observed';
import { decidePlacement } from './decide-placement.worker.ts';
import { ReplicasState } from './replicas-state.ts';

interface Row {
  readonly type: string;
  readonly data: unknown;
  readonly uid: string;
  readonly version: number;
}

const OBJECTS = 1_000;
let nowMs = 0;
const passMinute = (state: ReplicasState): void => {
  state.retire();
  nowMs += 60_000;
  state.retire();
};
const refOf = (n: number, made = 1) => ({ group: '', resource: 'configmaps', name: `x${n}`, uid: `x${n}-${made}` });
const observed = (ref: ReturnType<typeof refOf>, state: ObservedState, version: number): Row => ({
  type: 'ObjectObserved',
  data: create(ObjectObservedSchema, { ref, cluster: 'a', state, placementVersion: 1n }),
  uid: ref.uid,
  version,
});

/** What the store has of an object, of each stream the last event, when it was placed in one cluster and deleted. */
const lastRows = (ref: ReturnType<typeof refOf>): Row[] => [
  { type: 'SelectionDecided', data: create(SelectionDecidedSchema, { ref, basis: 'x' }), uid: ref.uid, version: 1 },
  {
    type: 'PlacementDecided',
    data: create(PlacementDecidedSchema, { ref, withdrawn: true }),
    uid: ref.uid,
    version: 2,
  },
  observed(ref, ObservedState.GONE, 2),
  { type: 'ManifestDeleted', data: create(ManifestDeletedSchema, { ref }), uid: ref.uid, version: 2 },
];
const stored = (ref: ReturnType<typeof refOf>): Row => ({
  type: 'ManifestStored',
  data: create(ManifestStoredSchema, { ref, generation: 1n }),
  uid: ref.uid,
  version: 1,
});

/** Folds rows, then decides every key that they marked until there is nothing to decide, as the service does. */
const run = (state: ReplicasState, rows: readonly Row[]): void => {
  const keys = new Set<string>();
  for (const { type, data, uid, version } of rows) {
    const marked = state.fold({ event: { type, data } as never, row: { uid, version, cluster: 'a' } as never });
    for (const key of marked) keys.add(key);
  }
  for (const uid of keys) {
    const outcome = decidePlacement(state, { uid, nowMs });
    const [event] = outcome?.decided?.events ?? [];
    const version = (state.workloads.get(uid)?.placement.version ?? 0) + 1;
    if (event) run(state, [{ ...decodeEvent(event), uid, version }]);
  }
};

describe('what replicas keeps', () => {
  const all = Array.from({ length: OBJECTS }, (_, n) => refOf(n));

  it('forgets what is gone: after 1,000 applied and deleted objects nothing is left', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    for (const ref of all) {
      const placed = create(PlacementDecidedSchema, { ref, clusters: [{ cluster: 'a', target: 1, told: 1 }] });
      run(state, [
        stored(ref),
        { type: 'SelectionDecided', data: create(SelectionDecidedSchema, { ref }), uid: ref.uid, version: 1 },
        { type: 'PlacementDecided', data: placed, uid: ref.uid, version: 1 },
        observed(ref, ObservedState.APPLIED, 1),
      ]);
    }
    expect(state.workloads.size).toBe(OBJECTS);
    for (const ref of all) {
      const [, , gone, deleted] = lastRows(ref);
      run(state, [deleted!]);
      expect(state.workloads.has(ref.uid)).toBe(true);
      run(state, [gone!]);
    }
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it.each([
    ['in the order of the categories', (rows: Row[]) => rows],
    ['the other way round', (rows: Row[]) => rows.reverse()],
  ])('is nothing of them after a restart either, with the last events loaded %s', (_how, order) => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    run(state, order(all.flatMap(lastRows)));
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it('is nothing of them where a cluster did not say that they are gone, but does not report them any more', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    const unreported = create(ObjectObservedSchema, {
      cluster: 'a',
      state: ObservedState.WAITING,
      reason: NOT_REPORTED,
    });
    const rows = lastRows(all[0]!).map((row) => (row.type === 'ObjectObserved' ? { ...row, data: unreported } : row));
    run(state, rows);
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it('is nothing of them when a selection or a report comes late', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    run(state, all.flatMap(lastRows));
    const [selection] = lastRows(all[0]!);
    run(state, [selection!]);
    passMinute(state);
    for (const ref of all) run(state, [observed(ref, ObservedState.APPLIED, 3)]);
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it('is only the last of objects that were made again and again under one name, also where a delete was overwritten', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    const made = Array.from({ length: OBJECTS }, (_, again) => refOf(1, again));
    const overwritten = made.flatMap((ref) => lastRows(ref).filter(({ type }) => type !== 'ManifestDeleted'));
    run(state, [...overwritten, stored(refOf(1, OBJECTS))]);
    passMinute(state);
    expect([...state.workloads.keys()]).toEqual([`x1-${OBJECTS}`]);
  });

  it('is everything of an object that a cluster still has, or whose delete was not seen yet', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    const [kept, unseen] = [refOf(1), refOf(2)];
    run(
      state,
      [...lastRows(kept), observed(kept, ObservedState.WAITING, 3)].filter(
        (row) => row.version !== 2 || row.type !== 'ObjectObserved',
      ),
    );
    run(
      state,
      lastRows(unseen).filter(({ type }) => type !== 'ManifestDeleted'),
    );
    passMinute(state);
    expect([...state.workloads.keys()].sort()).toEqual([kept.uid, unseen.uid]);
  });
});

describe('an object that is made anew under its name', () => {
  it('is not taken for deleted because its selection comes before its manifest, over another channel', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    const [before, anew] = [refOf(1, 1), refOf(1, 2)];
    const selection = create(SelectionDecidedSchema, { ref: anew, basis: 'x' });
    run(state, [stored(before), { type: 'SelectionDecided', data: selection, uid: anew.uid, version: 1 }]);
    expect(state.known(anew.uid)?.facts?.deleted).toBe(true);
    run(state, [stored(anew)]);
    expect(state.known(anew.uid)?.facts?.deleted).toBe(false);
  });
});

describe('a report that names a placement which is not folded yet', () => {
  it('begins the evidence anew, as that placement may be a fall: what was ready before it does not count after it', () => {
    const state = new ReplicasState({ nowMs: () => nowMs });
    const ref = refOf(1);
    const placed = (told: number, version: number): Row => {
      const clusters = [{ cluster: 'a', target: told, told, lastFall: version === 1 ? 0n : BigInt(version) }];
      return {
        type: 'PlacementDecided',
        data: create(PlacementDecidedSchema, { ref, clusters }),
        uid: ref.uid,
        version,
      };
    };
    const reported = (placementVersion: bigint, version: number): Row => {
      const told = { ref, cluster: 'a', state: ObservedState.APPLIED, placementVersion };
      return { type: 'ObjectObserved', data: create(ObjectObservedSchema, told), uid: ref.uid, version };
    };
    const fold = ({ type, data, uid, version }: Row): unknown =>
      state.fold({ event: { type, data } as never, row: { uid, version, cluster: 'a' } as never });
    fold(placed(2, 1));
    fold(reported(1n, 1));
    nowMs += 30_000;
    fold(reported(2n, 2));
    const fellMs = nowMs;
    nowMs += 1_000;
    fold(reported(2n, 3));
    fold(placed(1, 2));
    expect(state.workloads.get(ref.uid)!.observed.get('a')!.evidence?.sinceMs).toBe(fellMs);
  });
});
