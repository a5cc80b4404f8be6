import type { KubeObject } from '@skerry/api/object';
import { type ClusterFacts, clusterFacts } from '@skerry/api/cluster/cluster';
import type { PlacementPolicySpec } from '@skerry/api/placement-policy/placement-policy';
import type { ClusterPortrayed } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { servedKinds } from '@skerry/domain/cluster/served-kinds';
import { inlineObject } from '@skerry/domain/manifest/body';
import { factsOfStored, isPlaceable, type ManifestFacts } from '@skerry/domain/manifest/facts';
import type { ClusterKinds, ObjectKind } from '@skerry/engines/scheduling/framework/filter';
import type { Policy } from '@skerry/engines/scheduling/govern';
import { canonicalJson } from '@skerry/kernel/canonical';
import { by } from '@skerry/kernel/order';
import { hashOf } from '@skerry/runtime/hash';
import type { Folded } from '@skerry/runtime/service/decision-service';

export interface Selected {
  readonly version: number;
  readonly data: SelectionDecided;
}

/** The part of a decision that is the same for all objects of a kind under a policy. */
export type KindSelection = Pick<
  SelectionDecided,
  'fits' | 'unfit' | 'strategy' | 'soakMs' | 'weightsHash' | 'refusal'
>;

const POLICY_KINDS = new Set(['PlacementPolicy', 'ClusterPlacementPolicy']);

/** What the scheduler folds: objects without bodies, policies, clusters and the kinds they serve, its own selections. */
export class SchedulingState {
  readonly objects = new Map<string, ManifestFacts>();
  readonly policies = new Map<string, Policy>();
  readonly clusters = new Map<string, ClusterFacts>();
  readonly kinds = new Map<string, ClusterKinds>();
  readonly selections = new Map<string, Selected>();
  /** policies that were deleted and still govern until their deletion has settled */
  readonly settling = new Map<string, Policy>();
  /** by kind; made anew when a cluster changed, so that thousands of decisions share one text */
  readonly #clustersBasis = new Map<string, string>();
  /** by policy and kind, since a cluster has changed; a policy that is edited is another */
  #kindSelections = new WeakMap<Policy, Map<string, KindSelection>>();

  /** What selecting for objects of this kind under this policy gives: thousands of decisions share one. */
  kindSelection(
    { policy, object }: { policy: Policy; object: ObjectKind },
    select: () => KindSelection,
  ): KindSelection {
    const byKind = this.#kindSelections.get(policy) ?? new Map<string, KindSelection>();
    const kind = `${object.apiVersion}/${object.kind}`;
    const selection = byKind.get(kind) ?? select();
    this.#kindSelections.set(policy, byKind.set(kind, selection));
    return selection;
  }

  /** What a selection of this kind reads of all clusters, as one hash. */
  clustersBasis(apiVersionAndKind: string): string {
    const cached = this.#clustersBasis.get(apiVersionAndKind);
    if (cached !== undefined) return cached;
    const clusters = [...this.clusters.values()].sort(by((cluster) => cluster.name)).map((facts) => {
      const kinds = this.kinds.get(facts.name);
      return [facts, kinds ? [kinds.complete, kinds.kinds.has(apiVersionAndKind)] : null];
    });
    const basis = hashOf(canonicalJson(clusters));
    this.#clustersBasis.set(apiVersionAndKind, basis);
    return basis;
  }

  /** Answers the uids that have to be looked at again. */
  fold({ event, row }: Folded): Iterable<string> {
    switch (event.type) {
      case 'ManifestStored':
        return this.#foldStored(event.data, row.version);
      case 'ManifestDeleted':
        return this.#foldDeleted(event.data.ref!);
      case 'ClusterPortrayed':
        return this.#foldPortrait(event.data);
      case 'SelectionDecided':
        this.selections.set(row.uid, { version: row.version, data: event.data });
        return [];
      default:
        return [];
    }
  }

  /** The settled deletion of a policy. */
  forgetPolicy(uid: string): Iterable<string> {
    const policy = this.settling.get(uid);
    this.settling.delete(uid);
    return policy ? this.#inScopeOf(policy) : [];
  }

  /** A policy of a namespace is about nothing else: one tenant's edits have nobody else's objects looked at again. */
  #inScopeOf({ kind, namespace }: { readonly kind: string; readonly namespace: string }): Iterable<string> {
    if (kind !== 'PlacementPolicy') return this.objects.keys();
    return [...this.objects].filter(([, { ref }]) => ref.namespace === namespace).map(([uid]) => uid);
  }

  #foldStored(data: ManifestStored, version: number): Iterable<string> {
    const ref = data.ref!;
    if (POLICY_KINDS.has(ref.kind) && ref.group === 'skerry.dev') {
      const object = inlineObject(data) as KubeObject;
      this.policies.set(ref.uid, toPolicy(ref, object));
      this.#replaceSettling(ref);
      return this.#inScopeOf(ref);
    }
    if (ref.kind === 'Cluster' && ref.group === 'skerry.dev') {
      this.clusters.set(ref.name, clusterFacts(inlineObject(data) as KubeObject));
      return this.#allObjects();
    }
    if (!isPlaceable(ref)) return [];
    this.objects.set(ref.uid, factsOfStored(data, version));
    return [ref.uid];
  }

  /** A policy that is applied again under the same name takes over from its deleted predecessor at once. */
  #replaceSettling(ref: ObjectRef): void {
    for (const [uid, policy] of this.settling) {
      if (policy.kind === ref.kind && policy.namespace === ref.namespace && policy.name === ref.name)
        this.settling.delete(uid);
    }
  }

  #foldDeleted(ref: ObjectRef): Iterable<string> {
    const policy = this.policies.get(ref.uid);
    if (policy) {
      this.policies.delete(ref.uid);
      this.settling.set(ref.uid, policy);
      return [`policy/${ref.uid}`];
    }
    if (ref.kind === 'Cluster' && this.clusters.get(ref.name)?.uid === ref.uid) {
      this.clusters.delete(ref.name);
      this.kinds.delete(ref.name);
      return this.#allObjects();
    }
    this.objects.delete(ref.uid);
    this.selections.delete(ref.uid);
    return [];
  }

  #foldPortrait(data: ClusterPortrayed): Iterable<string> {
    const present = this.kinds.get(data.cluster);
    const kinds = new Set(servedKinds(data));
    this.kinds.set(data.cluster, { kinds, complete: data.kindsComplete });
    const same =
      present?.complete === data.kindsComplete && present.kinds.size === kinds.size && kinds.isSubsetOf(present.kinds);
    return same ? [] : this.#allObjects();
  }

  #allObjects(): Iterable<string> {
    this.#clustersBasis.clear();
    this.#kindSelections = new WeakMap();
    return this.objects.keys();
  }
}

const toPolicy = (ref: ObjectRef, object: KubeObject): Policy => ({
  kind: ref.kind as Policy['kind'],
  namespace: ref.namespace,
  name: ref.name,
  uid: ref.uid,
  generation: object.metadata.generation ?? 1,
  spec: object.spec as unknown as PlacementPolicySpec,
});
