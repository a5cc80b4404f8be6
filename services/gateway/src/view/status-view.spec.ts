import { create } from '@skerry/contract/message';
import { ClusterJudgedSchema, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import {
  ObjectDesiredSchema,
  ObjectWithdrawnSchema,
  WithdrawalEndedSchema,
} from '@skerry/contract/generated/skerry/v1/desired_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { orphansOf } from '../queries/placements.query.ts';
import { StatusView } from './status-view.ts';

const cluster = 'a';

describe('what the hub shows of objects', () => {
  let view: StatusView;
  beforeEach(() => {
    view = new StatusView();
  });
  const kept = (): string[] => [...view.all()].map(([uid]) => uid);
  const fold = (uid: string, type: string, data: object): void => {
    view.fold({ type, data } as never, { uid, cluster, version: 1, recordedAt: new Date(0) } as never);
  };
  const observe = (uid: string, state: ObservedState, clusterUid = 'a1'): void =>
    fold(uid, 'ObjectObserved', create(ObjectObservedSchema, { ref: { uid }, cluster, state, clusterUid }));
  const judge = (clusterUid: string, verdict: Verdict): void =>
    fold(clusterUid, 'ClusterJudged', create(ClusterJudgedSchema, { cluster, clusterUid, verdict }));
  const place = (uid: string): void => {
    const ref = { uid };
    fold(uid, 'SelectionDecided', create(SelectionDecidedSchema, { ref }));
    fold(uid, 'PlacementDecided', create(PlacementDecidedSchema, { ref }));
    fold(uid, 'ObjectDesired', create(ObjectDesiredSchema, { ref, cluster }));
    observe(uid, ObservedState.APPLIED);
  };

  it('keeps a status in bytes of its own, not as a part of what the report was read with', () => {
    const read = new TextEncoder().encode('before{"phase":"Bound"}after');
    const status = read.subarray(6, 23);
    fold(
      'v1',
      'ObjectObserved',
      create(ObjectObservedSchema, { ref: { uid: 'v1' }, cluster, clusterUid: 'a1', status }),
    );
    const kept = view.of('v1').observed.get(cluster)!.status;
    expect(kept).toEqual(status);
    expect(kept.buffer.byteLength).toBe(17);
  });

  it('forgets what is gone: after 1,000 applied and deleted objects nothing is left', () => {
    const all = Array.from({ length: 1_000 }, (_, n) => `x${n}`);
    const live = new Set(all);
    const retire = (): void => view.retire((uid) => live.has(uid));
    all.forEach(place);
    live.clear();
    for (const uid of all) fold(uid, 'ObjectWithdrawn', create(ObjectWithdrawnSchema, { ref: { uid }, cluster }));
    retire();
    retire();
    expect(kept()).toHaveLength(1_000);
    for (const uid of all) fold(uid, 'WithdrawalEnded', create(WithdrawalEndedSchema, { ref: { uid }, cluster }));
    retire();
    // a late report keeps nothing for ever
    for (const uid of all) observe(uid, ObservedState.GONE);
    view.of('asked for by somebody');
    retire();
    retire();
    expect(kept()).toEqual([]);
  });

  it('keeps what lives, and what is listed as an orphan until its cluster has left', () => {
    judge('a1', Verdict.READY);
    observe('lost', ObservedState.ORPHAN);
    place('live');
    const retire = (): void => view.retire((uid) => uid === 'live' || uid === 'a1');
    retire();
    retire();
    expect(kept()).toEqual(['a1', 'lost', 'live']);
    judge('a1', Verdict.LEFT);
    retire();
    retire();
    expect(kept()).toEqual(['a1', 'live']);
  });

  it('lists no orphan of a cluster that has left, nor after another one was joined under its name, but those of that', () => {
    judge('a1', Verdict.READY);
    observe('lost', ObservedState.ORPHAN);
    expect(orphansOf(view)).toMatchObject([{ uid: 'lost' }]);
    judge('a1', Verdict.LEFT);
    expect(orphansOf(view)).toEqual([]);
    judge('a2', Verdict.READY);
    expect(orphansOf(view)).toEqual([]);
    observe('found', ObservedState.ORPHAN, 'a2');
    expect(orphansOf(view)).toMatchObject([{ uid: 'found' }]);
  });
});
