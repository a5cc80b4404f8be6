import { type ClusterFacts, clusterFacts } from '@skerry/api/cluster/cluster';
import type { KubeObject } from '@skerry/api/object';
import type { OverridePolicySpec } from '@skerry/api/override-policy/override-policy';
import type { Body, ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ObjectDesired, ObjectWithdrawn } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { ManifestDeleted, ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { inlineObject, ownBody } from '@skerry/domain/manifest/body';
import { Departed } from '@skerry/domain/manifest/departed';
import { factsOfDeleted, factsOfStored, isPlaceable, type ManifestFacts } from '@skerry/domain/manifest/facts';
import { isConcluded, NameOwners } from '@skerry/domain/manifest/name-owners';
import type { OverrideSource } from '@skerry/engines/rendering/render';
import { type Chosen, chosenOf } from '@skerry/domain/selection/selection';
import type { Folded } from '@skerry/runtime/service/decision-service';
import { NamespaceDemand } from './namespace-demand.ts';

/** What is kept of what a cluster was told: what the next decision compares with. The body is rendered again when it is needed. */
export type Told = Readonly<
  Pick<ObjectDesired, 'ref' | 'told' | 'adopt' | 'placementVersion' | 'hash' | 'basis' | 'refusedOverrides'>
>;

const toldOf = ({ ref, told, adopt, placementVersion, hash, basis, refusedOverrides }: ObjectDesired): Told => ({
  ref,
  told,
  adopt,
  placementVersion,
  hash,
  basis,
  refusedOverrides,
});

/** What the cluster's desired stream says of the object now. */
export interface DesiredKnown {
  readonly version: number;
  readonly desired: Told | undefined;
  readonly withdrawn: ObjectWithdrawn | undefined;
}

export interface Rendering {
  facts: ManifestFacts | undefined;
  body: Body | undefined;
  selection: Chosen | undefined;
  placement: PlacementDecided | undefined;
  placementVersion: number;
  readonly desired: Map<string, DesiredKnown>;
  /** clusters that confirmed that the object is gone, with the placement version that they had been told */
  readonly gone: Map<string, number>;
}

export type Known = Rendering & { readonly facts: ManifestFacts };

const OVERRIDE_KINDS = new Set(['OverridePolicy', 'ClusterOverridePolicy']);

/** What rollout folds: bodies, placements, overrides, clusters, and what it has told each cluster already. */
export class RolloutState {
  readonly objects = new Map<string, Rendering>();
  readonly overrides = new Map<string, OverrideSource>();
  readonly clusters = new Map<string, ClusterFacts>();
  readonly namespaces = new NamespaceDemand();
  readonly #names = new NameOwners();
  readonly #departed = new Departed();

  fold({ event, row }: Folded): Iterable<string> {
    switch (event.type) {
      case 'ManifestStored':
        return this.#foldStored(event.data, row.version);
      case 'ManifestDeleted':
        return this.#foldDeleted(event.data, row.version);
      case 'SelectionDecided':
        this.#object(row.uid).selection = chosenOf(event.data);
        return [row.uid];
      case 'PlacementDecided':
        return this.#foldPlacement(event.data, row);
      case 'ObjectDesired':
        return this.#foldDesired(row, { version: row.version, desired: toldOf(event.data), withdrawn: undefined });
      case 'ObjectWithdrawn':
        return this.#foldDesired(row, { version: row.version, desired: undefined, withdrawn: event.data });
      case 'WithdrawalEnded':
        return this.#foldDesired(row, { version: row.version, desired: undefined, withdrawn: undefined });
      case 'ObjectObserved':
        return this.#foldObserved(event.data, row.uid);
      default:
        return [];
    }
  }

  /** The object with its facts, or undefined while nothing is known of its manifest. */
  known(uid: string): Known | undefined {
    const object = this.objects.get(uid);
    if (!object) return undefined;
    if (object.facts) return object as Known;
    const told = [...object.desired.values()].map(({ desired, withdrawn }) => desired?.ref ?? withdrawn?.ref);
    object.facts = this.#names.overtaken(told.find((ref) => ref !== undefined) ?? object.placement?.ref);
    return object.facts && (object as Known);
  }

  /**
   * To be called now and then, also while another instance decides, and when everything up to the head is folded: before that,
   * what is missing may still come. Forgets that of which nothing has been left for a minute, and answers it.
   */
  retire(nowMs: number): readonly string[] {
    this.#departed.keep((uid) => this.#isOver(uid));
    for (const uid of this.objects.keys()) if (this.#isOver(uid)) this.#departed.note(uid, nowMs);
    const over = [...this.#departed.due(nowMs)];
    for (const uid of over) this.#forget(uid);
    return over;
  }

  /**
   * Nothing is left of it: deleted, and desired or being withdrawn nowhere. Also what a late report of such a uid brought
   * back: a cluster reports what was told to it, which is in this state before it is in the store.
   */
  #isOver(uid: string): boolean {
    const object = this.known(uid) ?? this.objects.get(uid);
    if (!object) return false;
    const { facts, selection, placement, desired } = object;
    if (!facts) return !selection && !placement && desired.size === 0;
    return facts.deleted && ![...desired.values()].some((one) => one.desired ?? one.withdrawn);
  }

  #forget(uid: string): void {
    const { facts } = this.objects.get(uid)!;
    this.objects.delete(uid);
    if (facts) this.#names.forget(facts.ref);
  }

  /** what is kept of objects, in entries: for tests and figures */
  get kept(): number {
    return this.objects.size + this.#names.size + this.namespaces.size + this.#departed.size;
  }

  #object(uid: string): Rendering {
    const present = this.objects.get(uid);
    if (present) return present;
    const made: Rendering = {
      facts: undefined,
      body: undefined,
      selection: undefined,
      placement: undefined,
      placementVersion: 0,
      desired: new Map(),
      gone: new Map(),
    };
    this.objects.set(uid, made);
    return made;
  }

  #foldStored(data: ManifestStored, version: number): Iterable<string> {
    const ref = data.ref!;
    if (ref.group === 'skerry.dev') return this.#foldOwnKind(ref, inlineObject(data) as KubeObject);
    if (!isPlaceable(ref)) return [];
    this.#names.note(ref);
    const object = this.#object(ref.uid);
    if (object.facts?.deleted && !isConcluded(object.facts)) return [];
    object.facts = factsOfStored(data, version);
    object.body = ownBody(data.body);
    if (isNamespace(ref)) this.namespaces.exists(ref.name, ref.uid);
    return [ref.uid];
  }

  #foldOwnKind(ref: ObjectRef, object: KubeObject): Iterable<string> {
    if (OVERRIDE_KINDS.has(ref.kind)) {
      this.overrides.set(ref.uid, toOverride(ref, object));
      return this.#inScopeOf(ref);
    }
    if (ref.kind === 'Cluster') {
      this.clusters.set(ref.name, clusterFacts(object));
      return this.objects.keys();
    }
    return [];
  }

  /** A policy of a namespace is about nothing else: one tenant's edits have nobody else's objects rendered again. */
  #inScopeOf({ kind, namespace }: ObjectRef): Iterable<string> {
    if (kind !== 'OverridePolicy') return this.objects.keys();
    return [...this.objects].filter(([, { facts }]) => facts?.ref.namespace === namespace).map(([uid]) => uid);
  }

  #foldDeleted(data: ManifestDeleted, version: number): Iterable<string> {
    const ref = data.ref!;
    if (this.overrides.delete(ref.uid)) return this.#inScopeOf(ref);
    if (ref.kind === 'Cluster' && this.clusters.get(ref.name)?.uid === ref.uid) {
      this.clusters.delete(ref.name);
      return this.objects.keys();
    }
    if (!isPlaceable(ref)) return [];
    this.#names.note(ref);
    const object = this.#object(ref.uid);
    object.facts = factsOfDeleted(data, version);
    object.body = undefined;
    if (isNamespace(ref)) this.namespaces.gone(ref.name, ref.uid);
    return [ref.uid];
  }

  #foldPlacement(data: PlacementDecided, row: Folded['row']): Iterable<string> {
    const object = this.#object(row.uid);
    object.placement = data;
    object.placementVersion = row.version;
    return [row.uid];
  }

  /** The namespace of an object is needed for as long as the object is desired there or not yet confirmed gone. */
  #foldDesired(row: Folded['row'], known: DesiredKnown): Iterable<string> {
    const object = this.#object(row.uid);
    object.desired.set(row.cluster, known);
    if (known.desired) object.gone.delete(row.cluster);
    const needed = known.desired !== undefined || known.withdrawn !== undefined;
    const namespace = this.namespaces.need(row, needed);
    return namespace === undefined ? [row.uid] : [row.uid, namespace];
  }

  #foldObserved(data: ObjectObserved, uid: string): Iterable<string> {
    if (data.state !== ObservedState.GONE) {
      this.objects.get(uid)?.gone.delete(data.cluster);
      return [];
    }
    this.#object(uid).gone.set(data.cluster, Number(data.placementVersion));
    return [uid];
  }
}

export const isNamespace = (ref: ObjectRef): boolean => ref.kind === 'Namespace' && ref.group === '';

const toOverride = (ref: ObjectRef, object: KubeObject): OverrideSource => ({
  kind: ref.kind as OverrideSource['kind'],
  namespace: ref.namespace,
  name: ref.name,
  uid: ref.uid,
  generation: object.metadata.generation ?? 1,
  spec: object.spec as unknown as OverridePolicySpec,
});
