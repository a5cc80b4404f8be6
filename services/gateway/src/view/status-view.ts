import { CONDITIONS_ANNOTATION, GROUP } from '@skerry/api/object';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { type ClusterJudged, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { ObjectView } from '@skerry/adapters/event-sourced/object-view';
import type { DomainEvent } from '@skerry/domain/codec';
import { mergeStatus, type MergedStatus } from '@skerry/engines/status/merge-status';
import { canonicalJson } from '@skerry/kernel/canonical';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { hashOf } from '@skerry/runtime/hash';
import { clusterStatus } from './cluster-status.ts';
import { overriddenCondition } from './overridden-condition.ts';
import { drop, NONE, put, type Said, type Seen, seenOf, toldOf } from './said.ts';
import { writeStatus } from './write-status.ts';

/** What the hub shows beside the manifests: merged status, withdrawals, orphans. Folded in position order by the gateway. */
export class StatusView implements ObjectView {
  readonly categories = ['cluster', 'observed', 'selection', 'placement', 'desired'] as const;
  readonly #said = new Map<string, Said>();
  /** by cluster: of whatever Cluster object has the name now */
  readonly #verdicts = new Map<string, ClusterJudged>();
  /** uids of which nothing was left at the last look */
  #over: ReadonlySet<string> = new Set();

  of(uid: string): Said {
    const present = this.#said.get(uid);
    if (present) return present;
    const made: Said = {
      placementVersion: 0,
      observed: new Map(),
      repairs: NONE,
      desired: new Map(),
      withdrawn: NONE,
      changedAt: new Map(),
      recordedAt: '',
    };
    this.#said.set(uid, made);
    return made;
  }

  /** Which object a uid stands for, as far as anybody has decided about it. */
  refOf(uid: string): ObjectRef | undefined {
    const said = this.#said.get(uid);
    const told = said && [...said.desired.values(), ...[...said.withdrawn.values()].map(({ data }) => data)];
    return said?.selection?.ref ?? said?.placement?.ref ?? told?.[0]?.ref;
  }

  all(): Iterable<[string, Said]> {
    return this.#said;
  }

  verdictOf(cluster: string): Verdict {
    return this.#verdicts.get(cluster)?.verdict ?? Verdict.UNKNOWN;
  }

  /** False where a cluster said it that has left, also when another one has its name by now. */
  isMembers({ cluster, clusterUid }: Pick<Seen, 'cluster' | 'clusterUid'>): boolean {
    const judged = this.#verdicts.get(cluster);
    if (!judged || judged.verdict === Verdict.LEFT) return !judged;
    // an older version did not say whose it was
    return clusterUid === '' || judged.clusterUid === '' || judged.clusterUid === clusterUid;
  }

  /**
   * To be called once a minute or so: forgets what clusters that have left said, and every uid of which nothing was left at
   * the last look and is now: no object, nothing desired or withdrawn, and no orphan of it in a member.
   */
  retire(isLive: (uid: string) => boolean): void {
    const over = new Set<string>();
    for (const [uid, said] of this.#said) {
      for (const [cluster, observed] of said.observed) {
        const isTold = said.desired.has(cluster) || said.withdrawn.has(cluster);
        if (!isTold && !this.isMembers(observed)) said.observed.delete(cluster);
      }
      if (isLive(uid) || !isNothing(said)) continue;
      if (this.#over.has(uid)) this.#said.delete(uid);
      else over.add(uid);
    }
    this.#over = over;
  }

  fold(event: DomainEvent, row: StoredEvent): string | undefined {
    if (event.type === 'ManifestStored' || event.type === 'ManifestDeleted') return undefined;
    const said = this.of(row.uid);
    said.recordedAt = row.recordedAt.toISOString();
    foldInto(said, { event, row });
    if (event.type === 'ClusterJudged') this.#verdicts.set(event.data.cluster, event.data);
    return row.uid;
  }

  statusKey(uid: string): string {
    const said = this.#said.get(uid);
    if (!said) return '';
    if (said.judged || said.portrait) return hashOf(canonicalJson(clusterStatus(said)));
    const { selection, placement } = said;
    const observed = [...said.observed.values()].map((one) => [
      one.cluster,
      one.state,
      one.count ? [one.count.replicas, one.count.ready, one.count.updated] : null,
      one.reason,
      one.field,
      one.message,
      one.status.byteLength,
      hashOf(one.status),
    ]);
    const decided = placement && [said.placementVersion, placement.clusters.map((one) => one.waitsFor)];
    const overridden = overriddenCondition(said)?.message ?? '';
    return hashOf(
      canonicalJson([selection?.basis ?? '', selection?.ungoverned ?? false, decided ?? null, observed, overridden]),
    );
  }

  present(base: KubeObject): KubeObject {
    const uid = base.metadata.uid ?? '';
    const said = this.#said.get(uid);
    if (base.apiVersion.startsWith(`${GROUP}/`)) {
      return said?.judged || said?.portrait ? { ...base, status: clusterStatus(said) } : base;
    }
    if (!said) return base;
    return writeStatus(base, { said, merged: this.merged(base, said) });
  }

  /** Of a workload the status is computed, so none is stored; what a status write says of other kinds is. */
  toStored(
    object: KubeObject,
    { base, subresource }: { base: KubeObject | undefined; subresource: string },
  ): KubeObject {
    const { status: written, ...rest } = withoutConditions(object);
    const status = subresource === 'status' ? written : base?.['status'];
    return (status === undefined ? rest : { ...rest, status }) as KubeObject;
  }

  merged(base: KubeObject, said: Said): MergedStatus {
    const replicas = (base['spec'] as { replicas?: number } | undefined)?.replicas;
    const hasReplicas = said.placement?.hasReplicas ?? false;
    const merged = mergeStatus({
      kind: base.kind,
      generation: base.metadata.generation ?? 1,
      wanted: hasReplicas ? wantedInAll(said, replicas ?? 1) : undefined,
      selection: said.selection,
      placement: said.placement,
      observed: said.observed,
    });
    const overridden = overriddenCondition(said);
    return overridden ? { ...merged, conditions: [...merged.conditions, overridden] } : merged;
  }
}

const withoutConditions = (object: KubeObject): KubeObject => {
  const { [CONDITIONS_ANNOTATION]: _computed, ...annotations } = object.metadata.annotations ?? {};
  if (_computed === undefined) return object;
  const { annotations: _all, ...metadata } = object.metadata;
  return { ...object, metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations } };
};

/** What a cluster says of an object that nobody desires is shown only of an orphan. */
const isNothing = ({ desired, withdrawn, observed }: Said): boolean =>
  desired.size + withdrawn.size === 0 && ![...observed.values()].some(({ state }) => state === ObservedState.ORPHAN);

const REPAIRS_SHOWN = 20;

/** Duplicated copies each have n: all of them together are what "available" is measured against. */
const wantedInAll = ({ placement }: Said, replicas: number): number =>
  placement?.strategy === 'Weighted' ? replicas : replicas * Math.max(1, placement?.clusters.length ?? 1);

const foldInto = (said: Said, { event, row }: { event: DomainEvent; row: StoredEvent }): void => {
  switch (event.type) {
    case 'SelectionDecided':
      said.selection = event.data;
      break;
    case 'PlacementDecided':
      said.placement = event.data;
      said.placementVersion = row.version;
      break;
    case 'ObjectObserved':
      if (event.data.repairs.length > 0) {
        const before = said.repairs.get(row.cluster) ?? [];
        said.repairs = put(said.repairs, row.cluster, [...before, ...event.data.repairs].slice(-REPAIRS_SHOWN));
      }
      if (event.data.state === ObservedState.GONE) said.observed.delete(row.cluster);
      else said.observed.set(row.cluster, seenOf(event.data));
      break;
    case 'ObjectDesired':
      said.desired.set(row.cluster, toldOf(event.data));
      drop(said.withdrawn, row.cluster);
      break;
    case 'ObjectWithdrawn':
      said.desired.delete(row.cluster);
      said.withdrawn = put(said.withdrawn, row.cluster, { data: event.data, since: row.recordedAt });
      break;
    case 'WithdrawalEnded':
      said.desired.delete(row.cluster); // a cluster that left is told nothing any more, and was not told to remove anything
      drop(said.withdrawn, row.cluster);
      said.observed.delete(row.cluster);
      break;
    case 'ClusterJudged':
      said.judged = event.data;
      break;
    case 'ClusterPortrayed':
      said.portrait = event.data;
      break;
    default:
      break;
  }
};
