import type { ClusterFacts } from '@skerry/api/cluster/cluster';
import { soakOf } from '@skerry/api/placement-policy/placement-policy';
import { type ClusterSelector, clusterMismatch } from '@skerry/api/selectors';
import { canonicalJson } from '@skerry/kernel/canonical';
import { by, byText } from '@skerry/kernel/order';
import type { ClusterKinds, FilterVerdict, ObjectKind } from './framework/filter.ts';
import type { Policy } from './govern.ts';
import { FILTERS } from './plugins/index.ts';

export const SCHEDULING_ENGINE = `scheduling/1 ${FILTERS.map((filter) => filter.name).join(',')}`;

export interface SelectionSnapshot {
  readonly object: ObjectKind;
  /** the governing policy */
  readonly policy: Policy;
  readonly clusters: readonly { readonly facts: ClusterFacts; readonly served: ClusterKinds | undefined }[];
}

export interface Fit {
  readonly cluster: string;
  readonly weight: number;
  readonly min: number;
  /** 0: no limit */
  readonly max: number;
  readonly mayGrow: boolean;
  readonly noGrowthReason: string;
}

export interface SelectionOutcome {
  readonly fits: readonly Fit[];
  readonly unfit: readonly { readonly reason: string; readonly clusters: readonly string[] }[];
  readonly strategy: 'Duplicated' | 'Weighted';
  readonly soakMs: number;
  /** canonical text of the weight rules; another text is a rebalance */
  readonly weights: string;
  /** set when the object cannot be placed at all under this policy */
  readonly refusal: string;
}

/** Kinds whose replicas can be divided. A StatefulSet waits for ordinals: two clusters would both run pod 0. */
const DIVISIBLE = new Set(['Deployment', 'ReplicaSet']);
export const WITH_REPLICAS = new Set(['Deployment', 'ReplicaSet', 'StatefulSet']);

/** Which clusters can run objects of a kind at all. The answer does not depend on the order of clusters. */
export const select = (snapshot: SelectionSnapshot): SelectionOutcome => {
  const { object, policy } = snapshot;
  const asked = policy.spec.division?.strategy ?? 'Duplicated';
  const undividable = asked === 'Weighted' && object.kind === 'StatefulSet';
  const judged = [...snapshot.clusters]
    .sort(by((cluster) => cluster.facts.name))
    .map((cluster) => ({ facts: cluster.facts, verdict: judge(snapshot, cluster) }));
  const fits = judged.flatMap(({ facts, verdict }) =>
    verdict.kind === 'unfit' ? [] : [toFit(policy, facts, verdict)],
  );
  return {
    fits: fits.filter((fit) => asked === 'Duplicated' || fit.weight > 0),
    unfit: groupReasons([
      ...judged.flatMap(({ facts, verdict }) =>
        verdict.kind === 'unfit' ? [{ cluster: facts.name, reason: verdict.reason }] : [],
      ),
      ...(asked === 'Duplicated' ? [] : fits)
        .filter((fit) => fit.weight === 0)
        .map((fit) => ({ cluster: fit.cluster, reason: 'no weight rule of the policy matches' })),
    ]),
    strategy: asked === 'Weighted' && DIVISIBLE.has(object.kind) ? 'Weighted' : 'Duplicated',
    soakMs: soakOf(policy.spec),
    weights: canonicalJson(policy.spec.division?.weights ?? []),
    refusal: undividable
      ? 'a StatefulSet cannot be divided yet: select it with a policy whose spec.division.strategy is Duplicated'
      : '',
  };
};

/** The worst answer wins; among equals the filter that comes first by name. */
const judge = (snapshot: SelectionSnapshot, cluster: SelectionSnapshot['clusters'][number]): FilterVerdict => {
  let worst: FilterVerdict = { kind: 'fits' };
  for (const plugin of FILTERS) {
    const verdict = plugin.filter({
      object: snapshot.object,
      policy: snapshot.policy.spec,
      cluster: cluster.facts,
      served: cluster.served,
    });
    if (verdict.kind === 'unfit') return verdict;
    if (verdict.kind === 'stay' && worst.kind === 'fits') worst = verdict;
  }
  return worst;
};

const ruleMatches = (clusters: ClusterSelector | undefined, facts: ClusterFacts): boolean =>
  clusterMismatch(clusters, facts) === undefined;

/** The highest of several matching rules; no rule = not chosen; no weights at all = equal. */
const weightOf = (policy: Policy, facts: ClusterFacts): number => {
  const rules = policy.spec.division?.weights ?? [];
  if (rules.length === 0) return 1;
  return Math.max(0, ...rules.filter((rule) => ruleMatches(rule.clusters, facts)).map((rule) => rule.weight));
};

const toFit = (policy: Policy, facts: ClusterFacts, verdict: FilterVerdict): Fit => {
  const limits = (policy.spec.division?.perCluster ?? []).filter((rule) => ruleMatches(rule.clusters, facts));
  const maxima = limits.flatMap((rule) => (rule.max === undefined ? [] : [rule.max]));
  return {
    cluster: facts.name,
    weight: weightOf(policy, facts),
    min: Math.max(0, ...limits.map((rule) => rule.min ?? 0)),
    max: maxima.length === 0 ? 0 : Math.min(...maxima),
    mayGrow: verdict.kind === 'fits',
    noGrowthReason: verdict.kind === 'stay' ? verdict.reason : '',
  };
};

const groupReasons = (
  unfit: readonly { cluster: string; reason: string }[],
): { reason: string; clusters: string[] }[] => {
  const groups = new Map<string, string[]>();
  for (const { cluster, reason } of unfit) groups.set(reason, [...(groups.get(reason) ?? []), cluster]);
  return [...groups].sort(([a], [b]) => byText(a, b)).map(([reason, clusters]) => ({ reason, clusters }));
};
