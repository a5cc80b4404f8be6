import { create } from '@skerry/contract/message';
import { ObjectWithdrawnSchema, WithdrawalEndedSchema } from '@skerry/contract/generated/skerry/v1/desired_pb';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import { decodeEvent } from '@skerry/domain/codec';
import { divisionBasisText } from '@skerry/engines/division/basis';
import { hashOf } from '@skerry/runtime/hash';
import { renderDesired } from './render-desired.worker.ts';
import { RolloutState } from './rollout-state.ts';

const OBJECTS = 1_000;
let nowMs = 0;
const passMinute = (state: RolloutState): void => {
  state.retire(nowMs);
  nowMs += 60_000;
  state.retire(nowMs);
};
const CONFIG_MAP = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespace: 'shop' };
const refOf = (n: number, made = 1) => ({ ...CONFIG_MAP, name: `x${n}`, uid: `x${n}-${made}` });
type Ref = ReturnType<typeof refOf>;

interface Row {
  readonly type: string;
  readonly data: object;
  readonly ref: { uid: string; namespace: string };
  readonly version: number;
  readonly cluster?: string;
}

const { blobs } = createMemoryStore();

/** Folds rows, then renders every key that they marked until there is nothing to tell, as the service does. */
const run = async (state: RolloutState, rows: readonly Row[]): Promise<void> => {
  const keys = new Set<string>();
  for (const { type, data, ref, version, cluster = '' } of rows) {
    const row = { uid: ref.uid, namespace: ref.namespace, version, cluster };
    for (const key of state.fold({ event: { type, data } as never, row: row as never })) keys.add(key);
  }
  for (const uid of keys) {
    const decided = await renderDesired({ state, blobs }, uid);
    if (!decided) continue;
    const told = decided.events.map((event, at) => ({
      ...decodeEvent(event),
      ref: event,
      version: decided.expected[at]!.version + 1,
      cluster: event.cluster!,
    }));
    await run(state, told);
  }
};

const stored = (ref: Ref): Row => {
  const body = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: ref.kind, metadata: { name: ref.name } }));
  const at = { case: 'inline' as const, value: body };
  return {
    type: 'ManifestStored',
    data: create(ManifestStoredSchema, { ref, generation: 1n, body: { at } }),
    ref,
    version: 1,
  };
};
const deleted = (ref: Ref): Row => ({
  type: 'ManifestDeleted',
  data: create(ManifestDeletedSchema, { ref }),
  ref,
  version: 2,
});
const observed = (ref: Ref, state: ObservedState, placementVersion = 1n): Row => {
  const data = create(ObjectObservedSchema, { ref, cluster: 'a', state, placementVersion });
  return { type: 'ObjectObserved', data, ref, version: 1, cluster: 'a' };
};
const ended = (ref: Ref): Row => ({
  type: 'WithdrawalEnded',
  data: create(WithdrawalEndedSchema, { ref, cluster: 'a' }),
  ref,
  version: 3,
  cluster: 'a',
});
const member = (): Row => {
  const ref = { group: 'skerry.dev', kind: 'Cluster', resource: 'clusters', namespace: '', name: 'a', uid: 'a' };
  const value = Buffer.from(JSON.stringify({ metadata: { name: 'a', uid: 'a' } }));
  return {
    type: 'ManifestStored',
    data: create(ManifestStoredSchema, { ref, body: { at: { case: 'inline', value } } }),
    ref,
    version: 1,
  };
};

/** What the store has of an object, of each stream the last event, when it was placed in one cluster and deleted. */
const lastRows = (ref: Ref): Row[] => [
  deleted(ref),
  { type: 'SelectionDecided', data: create(SelectionDecidedSchema, { ref }), ref, version: 1 },
  { type: 'PlacementDecided', data: create(PlacementDecidedSchema, { ref, withdrawn: true }), ref, version: 2 },
  observed(ref, ObservedState.GONE),
  ended(ref),
];

describe('what rollout keeps', () => {
  const all = Array.from({ length: OBJECTS }, (_, n) => refOf(n));
  let state: RolloutState;
  beforeEach(async () => {
    state = new RolloutState();
    await run(state, [member()]);
  });

  it('forgets what is gone: after 1,000 applied and deleted objects nothing is left', async () => {
    for (const ref of all) {
      await run(state, [stored(ref)]);
      const { facts, selection } = state.objects.get(ref.uid)!;
      const divisionBasis = hashOf(divisionBasisText({ facts: facts!, selection }));
      const placed = create(PlacementDecidedSchema, { ref, divisionBasis, clusters: [{ cluster: 'a', told: 1 }] });
      await run(state, [{ type: 'PlacementDecided', data: placed, ref, version: 1 }]);
      expect(state.objects.get(ref.uid)!.desired.get('a')!.desired).toBeDefined();
    }
    for (const ref of all) {
      await run(state, [deleted(ref)]);
      expect(state.objects.get(ref.uid)!.desired.get('a')!.withdrawn).toBeDefined();
      await run(state, [observed(ref, ObservedState.GONE)]);
    }
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it.each([
    ['in the order of the categories', (rows: Row[]) => rows],
    ['the other way round', (rows: Row[]) => rows.reverse()],
  ])('is nothing of them after a restart either, with the last events loaded %s', async (_how, order) => {
    await run(state, order(all.flatMap(lastRows)));
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it('is nothing of them when a decision or a report comes late', async () => {
    await run(state, all.flatMap(lastRows));
    const [, selection, placement] = lastRows(all[0]!);
    await run(state, [selection!, placement!]);
    passMinute(state);
    for (const ref of all) {
      await run(state, [observed(ref, ObservedState.APPLIED)]);
      await run(state, [observed(ref, ObservedState.GONE)]);
    }
    passMinute(state);
    expect(state.kept).toBe(0);
  });

  it('is only the last of objects that were made again and again under one name, also where a delete was overwritten', async () => {
    const overwritten = Array.from({ length: OBJECTS }, (_, again) => lastRows(refOf(1, again)).slice(1)).flat();
    await run(state, [...overwritten, stored(refOf(1, OBJECTS))]);
    passMinute(state);
    expect([...state.objects.keys()]).toEqual([`x1-${OBJECTS}`]);
  });

  it('is everything of an object that a cluster has not confirmed gone, or whose delete was not seen yet', async () => {
    const [going, unseen] = [refOf(1), refOf(2)];
    const withdrawn = create(ObjectWithdrawnSchema, { ref: going, cluster: 'a', cause: 1, placementVersion: 2n });
    const told = { type: 'ObjectWithdrawn', data: withdrawn, ref: going, version: 2, cluster: 'a' };
    await run(state, [deleted(going), told, ...lastRows(unseen).slice(1)]);
    passMinute(state);
    expect([...state.objects.keys()].sort()).toEqual([going.uid, unseen.uid]);
  });
});

describe('an object that is made anew under its name', () => {
  it('is not taken for deleted because its placement comes before its manifest, over another channel', async () => {
    const state = new RolloutState();
    const [before, anew] = [refOf(1, 1), refOf(1, 2)];
    const placement = { ref: anew, clusters: [{ cluster: 'a', told: 1, target: 1 }] };
    const decided = create(PlacementDecidedSchema, placement);
    await run(state, [stored(before), { type: 'PlacementDecided', data: decided, ref: anew, version: 1 }]);
    expect(state.known(anew.uid)?.facts.deleted).toBe(true);
    await run(state, [stored(anew)]);
    expect(state.known(anew.uid)?.facts.deleted).toBe(false);
  });
});

it('an override policy has what lies in its own namespace rendered again, and nothing of other tenants', async () => {
  const state = new RolloutState();
  await run(state, [member(), stored(refOf(1)), stored({ ...refOf(2), namespace: 'port' })]);
  const fold = (kind: string, namespace: string): string[] => {
    const ref = { group: 'skerry.dev', kind, resource: '', namespace, name: kind, uid: kind };
    const value = Buffer.from(
      JSON.stringify({ metadata: { name: kind, uid: kind }, spec: { selects: [], rules: [] } }),
    );
    const data = create(ManifestStoredSchema, { ref, body: { at: { case: 'inline', value } } });
    return [
      ...state.fold({ event: { type: 'ManifestStored', data } as never, row: { uid: kind, version: 1 } as never }),
    ];
  };
  expect(fold('OverridePolicy', 'port')).toEqual(['x2-1']);
  expect(fold('ClusterOverridePolicy', '')).toEqual(['x1-1', 'x2-1']);
});
