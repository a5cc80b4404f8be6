import { create } from '@skerry/contract/message';
import { ClusterJudgedSchema, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { decidePlacement } from './decide-placement.worker.ts';
import { ReplicasState } from './replicas-state.ts';

const UID = 'u1';
const ref = {
  uid: UID,
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
};

/** Given facts, when decided, then told: against folded state, with time in the test's hands. */
class Given {
  nowMs = 0;
  readonly state = new ReplicasState({ nowMs: () => this.nowMs });
  #versions = new Map<string, number>();

  fold(
    type: string,
    data: unknown,
    more: { uid?: string; stream?: string; cluster?: string; version?: number } = {},
  ): this {
    const { uid = UID, stream = type, cluster = '' } = more;
    const version = more.version ?? (this.#versions.get(stream) ?? 0) + 1;
    this.#versions.set(stream, version);
    for (const _ of this.state.fold({
      event: { type, data } as never,
      row: { uid, version, cluster, stream } as never,
    }))
      void _;
    return this;
  }
  manifest(replicas: number): this {
    return this.fold(
      'ManifestStored',
      create(ManifestStoredSchema, { ref, generation: 1n, hasReplicas: true, replicas }),
    );
  }
  selection(clusters: string[], basis = clusters.join()): this {
    const fits = clusters.map((cluster) => ({ cluster, weight: 1, mayGrow: true }));
    return this.fold(
      'SelectionDecided',
      create(SelectionDecidedSchema, { ref, basis, policy: { uid: 'p' }, fits, strategy: 'Weighted', soakMs: 25_000n }),
    );
  }
  verdict(cluster: string, verdict: Verdict): this {
    return this.fold('ClusterJudged', create(ClusterJudgedSchema, { cluster, verdict }), {
      stream: `verdict/${cluster}`,
      cluster,
    });
  }
  /** A Cluster object has the name; without a uid: it was deleted. */
  cluster(name: string, uid?: string, more: { version?: number; deleting?: boolean } = {}): this {
    const of = {
      group: 'skerry.dev',
      version: 'v1alpha1',
      kind: 'Cluster',
      resource: 'clusters',
      name,
      uid: uid ?? 'x',
    };
    const stored = create(ManifestStoredSchema, { ref: of, deleting: more.deleting ?? false });
    const stream = `manifest-skerry.dev/clusters//${name}`;
    return this.fold(uid === undefined ? 'ManifestDeleted' : 'ManifestStored', stored, { stream, ...more });
  }
  observed(cluster: string, ready: number, placementVersion: number, held?: number, clusterUid = ''): this {
    const count = { replicas: ready, ready, updated: ready, lowestReady: ready };
    const data = create(ObjectObservedSchema, {
      ref,
      cluster,
      state: ObservedState.APPLIED,
      placementVersion: BigInt(placementVersion),
      hasCount: true,
      count,
      clusterUid,
      hasHeld: held !== undefined,
      held: held ?? 0,
    });
    return this.fold('ObjectObserved', data, { stream: `observed/${cluster}`, cluster });
  }
  /** beats of all clusters every 5 s for so long */
  held(seconds: number, clusters = ['a', 'b', 'c']): this {
    for (let passed = 0; passed <= seconds; passed += 5) {
      for (const cluster of clusters) this.state.confirm(cluster, { atMs: this.nowMs, judge: 'j' });
      if (passed < seconds) this.nowMs += 5_000;
    }
    return this;
  }
  decide(): {
    decided: PlacementDecided | undefined;
    told: Record<string, number> | undefined;
    expected: readonly { stream: string }[];
  } {
    const outcome = decidePlacement(this.state, { uid: UID, nowMs: this.nowMs });
    if (!outcome?.decided) return { decided: undefined, told: undefined, expected: [] };
    const decided = decodeEvent(outcome.decided.events[0]!).data as PlacementDecided;
    this.fold('PlacementDecided', decided);
    return {
      decided,
      told: Object.fromEntries(decided.clusters.map((one) => [one.cluster, one.told])),
      expected: outcome.decided.expected,
    };
  }
}

const ready = (): Given => {
  const given = new Given();
  for (const cluster of ['a', 'b', 'c']) given.verdict(cluster, Verdict.READY);
  return given;
};

/** Told to a, then chosen for b, where it has been ready for a soak. */
const moving = (): Given => {
  const given = ready().cluster('a', 'ua').cluster('b', 'ub').manifest(2).selection(['a']);
  given.decide();
  given.observed('a', 2, 1).held(30).selection(['b']).decide();
  return given.observed('b', 2, 2).held(30);
};

describe('placing a workload', () => {
  it('divides it over the clusters that are Ready, once', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    expect(given.decide().told).toEqual({ a: 2, b: 2, c: 2 });
    expect(given.decide().told).toBeUndefined();
  });

  it('gives nothing new to a cluster with a verdict against it', () => {
    const given = ready().verdict('c', Verdict.SILENT).manifest(6).selection(['a', 'b', 'c']);
    expect(given.decide().told).toEqual({ a: 3, b: 3 });
  });

  it('lowers at once when enough is counted elsewhere, naming the streams that it counted on', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    given.decide();
    for (const cluster of ['a', 'b', 'c']) given.observed(cluster, 2, 1);
    given.held(30).manifest(3);
    const { told, expected } = given.decide();
    expect(told).toEqual({ a: 1, b: 1, c: 1 });
    expect(expected.map(({ stream }) => stream)).toEqual(
      expect.arrayContaining(['cluster-a/verdict', `observed-a/${UID}`, 'cluster-c/verdict', `observed-c/${UID}`]),
    );
  });

  it('moves only when the new home has been ready for a soak', () => {
    const given = ready().manifest(2).selection(['a']);
    given.decide();
    given.observed('a', 2, 1).held(30).selection(['b']);
    expect(given.decide().told).toEqual({ a: 2, b: 2 });
    given.observed('b', 2, 2).held(20);
    expect(given.decide().told).toBeUndefined();
    given.held(10);
    expect(given.decide().told).toEqual({ b: 2 });
  });

  it('counts nothing of a cluster that was removed, also before its verdict says so', () => {
    const given = moving();
    given.cluster('b').held(30);
    expect(given.decide().told).toBeUndefined();
  });

  it('counts nothing of a cluster that is being removed', () => {
    const given = moving();
    given.cluster('b', 'ub', { deleting: true }).held(30);
    expect(given.decide().told).toBeUndefined();
  });

  it('counts a cluster of a removed one’s name for what it holds itself, whichever news of the two comes first', () => {
    const given = moving();
    given.cluster('b', 'ub2', { version: 3 }).cluster('b', undefined, { version: 2 });
    expect(given.decide().told).toBeUndefined();
    given.held(30);
    expect(given.decide().told).toEqual({ b: 2 });
  });

  it('names the clusters that it counted on when something falls: one may just be removed', () => {
    const given = moving();
    given.cluster('b', 'ub');
    const { told, expected } = given.decide();
    expect(told).toEqual({ b: 2 });
    expect(expected).toContainEqual({ stream: 'manifest-skerry.dev/clusters//b', version: 2 });
  });

  it('does not count a report of before the last fall', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    given.decide();
    for (const cluster of ['a', 'b', 'c']) given.observed(cluster, 2, 1);
    given.held(30).manifest(3);
    given.decide();
    // reports still name version 1: nothing may fall on them
    for (const cluster of ['a', 'b', 'c']) given.observed(cluster, 2, 1);
    given.held(30).manifest(2);
    expect(given.decide().told).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('starts every soak anew after a verdict, and lowers nothing while it stands', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    given.decide();
    for (const cluster of ['a', 'b', 'c']) given.observed(cluster, 2, 1);
    given.held(30).verdict('b', Verdict.SILENT).manifest(3);
    expect(given.decide().told).toEqual({ a: 1, b: 2, c: 2 });
    given.verdict('b', Verdict.READY).held(20);
    expect(given.decide().told).toBeUndefined();
    given.held(10);
    // b may fall because two are counted in c; c may not: a's reports of before its fall count for nothing
    expect(given.decide().told).toEqual({ a: 1, b: 1, c: 2 });
  });

  it('starts every soak anew after a pause of its own', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    given.decide();
    for (const cluster of ['a', 'b', 'c']) given.observed(cluster, 2, 1);
    given.held(30);
    given.state.breakSoaks();
    given.manifest(3);
    // nothing is counted: a fall stops at n
    expect(given.decide().told).toEqual({ a: 2, b: 2, c: 2 });
  });

  it('lets all clusters fall together when the last soak is over a beat later', () => {
    const given = ready().manifest(6).selection(['a', 'b', 'c']);
    given.decide();
    for (const cluster of ['a', 'b']) given.observed(cluster, 2, 1);
    given.held(5).observed('c', 2, 1).manifest(3).held(20);
    expect(given.decide().told).toBeUndefined();
    expect(given.held(5).decide().told).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('takes an ungoverned object to no new cluster', () => {
    const given = ready().manifest(4).selection(['a']);
    given.decide();
    const fits = ['a', 'b'].map((cluster) => ({ cluster, weight: 1, mayGrow: true }));
    given.fold(
      'SelectionDecided',
      create(SelectionDecidedSchema, {
        ref,
        basis: 'x',
        policy: { uid: 'p' },
        fits,
        strategy: 'Weighted',
        soakMs: 25_000n,
        ungoverned: true,
      }),
    );
    given.manifest(6);
    expect(given.decide().told).toEqual({ a: 6 });
  });

  it('tells a cluster after a restore what it keeps, also one that it had not chosen, until it is let go', () => {
    const given = ready().manifest(4).selection(['a']);
    given.decide();
    given.observed('b', 0, 0, 3);
    expect(given.decide().told).toEqual({ a: 4, b: 3 });
    given.observed('a', 4, 1).held(30);
    expect(given.decide().told).toBeUndefined();
    given.observed('b', 3, 2);
    expect(given.decide().told).toEqual({ a: 4 });
  });

  it.each([
    ['at once, its replacement being ready already', 30],
    ['after a soak', 0],
  ])('takes it by policy from a cluster that the policy selects no more, %s', (_when, heldBefore) => {
    const given = ready().manifest(2).selection(['a', 'b'], 'both');
    given.decide();
    for (const cluster of ['a', 'b']) given.observed(cluster, 1, 1);
    given.held(heldBefore).selection(['b']);
    given.decide();
    given.observed('b', 2, 2).held(30);
    const { decided } = given.decide();
    expect(decided!.removed.map(({ cluster, cause }) => [cluster, cause])).toEqual([['a', 'policy']]);
  });

  it('takes it by a move from a cluster that the policy still selects, whatever changed how it is read', () => {
    const given = ready().manifest(2).selection(['a', 'b']);
    given.decide();
    for (const cluster of ['a', 'b']) given.observed(cluster, 1, 1);
    given.held(30);
    const workload = given.state.workloads.get(UID)!;
    workload.placement = {
      ...workload.placement,
      decided: { ...workload.placement.decided!, divisionBasis: 'of an older engine' },
    };
    const { decided } = given.manifest(1).decide();
    expect(decided!.removed.map(({ cause }) => cause)).toEqual(['move']);
  });

  it('tells another cluster of the same name neither what the removed one kept, nor counts what that had ready', () => {
    const given = ready().cluster('b', 'old').manifest(4).selection(['a']);
    given.decide();
    given.observed('b', 3, 1, 3, 'old');
    expect(given.decide().told).toEqual({ a: 4, b: 3 });
    given.verdict('b', Verdict.LEFT);
    expect(given.decide().told).toEqual({ a: 4 });
    given.cluster('b', 'new').verdict('b', Verdict.READY);
    expect(given.decide().told).toBeUndefined();
    given.selection(['b']).held(30);
    expect(given.decide().told).toEqual({ a: 4, b: 4 });
    expect(given.held(30).decide().told).toBeUndefined();
    given.observed('b', 4, 4, undefined, 'new').observed('a', 4, 4).held(30);
    expect(given.decide().told).toEqual({ b: 4 });
  });

  it('divides nothing to a cluster that has left, also while its selection still names it', () => {
    const given = ready().manifest(4).selection(['a', 'b']);
    expect(given.decide().told).toEqual({ a: 2, b: 2 });
    const { decided, told } = given.verdict('b', Verdict.LEFT).decide();
    expect(told).toEqual({ a: 4 });
    expect(decided!.shortfall).toEqual([]);
  });

  it('keeps what its policy cannot place where it is, which is no shortfall, and says why', () => {
    const given = ready().manifest(4).selection(['a']);
    given.decide();
    const refuse = (basis: string, refusal: string): Given =>
      given.fold(
        'SelectionDecided',
        create(SelectionDecidedSchema, { ref, basis, policy: { uid: 'p' }, refusal, strategy: 'Weighted' }),
      );
    const { told, decided } = refuse('y', 'cannot be divided').decide();
    expect(told).toEqual({ a: 4 });
    expect(decided!.shortfall).toMatchObject([{ replicas: 0, reason: 'cannot be divided' }]);
    expect(given.decide().decided).toBeUndefined();
    const other = ready().manifest(4);
    other.fold(
      'SelectionDecided',
      create(SelectionDecidedSchema, { ref, basis: 'y', policy: { uid: 'p' }, refusal: 'cannot be divided' }),
    );
    expect(other.decide().decided!.shortfall).toMatchObject([{ replicas: 4 }]);
  });
});
