import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { ObservedState, type ObjectObserved } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { type ClusterJudged, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { isAgainst } from '@skerry/domain/cluster/cluster';
import { Departed } from '@skerry/domain/manifest/departed';
import { factsOfDeleted, factsOfStored, isPlaceable, type ManifestFacts } from '@skerry/domain/manifest/facts';
import { isConcluded, NameOwners } from '@skerry/domain/manifest/name-owners';
import { isOverThere } from '@skerry/domain/observed/observed';
import {
  addReport,
  type ClusterEvidence,
  confirmBeat,
  noClusterEvidence,
  type ObjectEvidence,
} from '@skerry/domain/placement/evidence';
import { placement, type PlacementState } from '@skerry/domain/placement/placement';
import { type Chosen, chosenOf } from '@skerry/domain/selection/selection';
import type { Folded } from '@skerry/runtime/service/decision-service';

/** Samples older than this can be in no window: the longest soak anybody may ask for. */
const KEEP_MS = 10 * 60_000;

export interface ClusterKnown {
  readonly verdict: Verdict;
  /** version of the cluster's verdict stream; a fall names it */
  readonly verdictVersion: number;
  readonly evidence: ClusterEvidence;
}

export interface ObservedKnown {
  /** version of the object's observed stream in that cluster; a fall names it */
  readonly version: number;
  readonly placementVersion: number;
  /** of the Cluster that reported it; empty: an older version recorded it */
  readonly clusterUid: string;
  /** or not reported any more */
  readonly gone: boolean;
  readonly evidence: ObjectEvidence | undefined;
  /** what the cluster keeps after a restore, until a person confirms; undefined: it goes by the hub */
  readonly held: number | undefined;
}

export interface Workload {
  facts: ManifestFacts | undefined;
  selection: Chosen | undefined;
  placement: PlacementState;
  readonly observed: Map<string, ObservedKnown>;
}

/** The Cluster object of a name. */
interface ClusterObject {
  /** empty: it was deleted */
  readonly uid: string;
  /** deleted, or on its way to be: what runs there counts for nothing from then on */
  readonly leaves: boolean;
  /** version of its stream; a fall names it */
  readonly version: number;
}

const UNKNOWN_CLUSTER: ClusterKnown = { verdict: Verdict.UNKNOWN, verdictVersion: 0, evidence: noClusterEvidence };

/** Ready as a report proves it: only of what was applied. A kind without a count is one copy that is there. */
export const readyOf = (observed: ObjectObserved): { ready: number; lowest: number } => {
  const live = observed.state === ObservedState.APPLIED || observed.state === ObservedState.CONTENDED;
  if (!live) return { ready: 0, lowest: 0 };
  if (!observed.hasCount) return { ready: 1, lowest: 1 };
  const ready = observed.count?.ready ?? 0;
  return { ready, lowest: Math.min(ready, observed.count?.lowestReady ?? 0) };
};

/** What replicas folds. Evidence lives only here and starts anew with the process: a soak never survives a pause. */
export class ReplicasState {
  readonly workloads = new Map<string, Workload>();
  readonly clusters = new Map<string, ClusterKnown>();
  readonly #clusterObjects = new Map<string, ClusterObject>();
  /** objects whose last decision holds a fall back */
  readonly #waiting = new Set<string>();
  readonly #names = new NameOwners();
  readonly #departed = new Departed();
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  cluster(name: string): ClusterKnown {
    return this.clusters.get(name) ?? UNKNOWN_CLUSTER;
  }

  /** Version of the stream of the Cluster object; 0: it is not folded yet. */
  clusterVersion(name: string): number {
    return this.#clusterObjects.get(name)?.version ?? 0;
  }

  fold({ event, row }: Folded): Iterable<string> {
    switch (event.type) {
      case 'ManifestStored':
        if (isCluster(event.data.ref!))
          return this.#foldCluster(event.data.ref!, { leaves: event.data.deleting, version: row.version });
        return this.#foldFacts(factsOfStored(event.data, row.version));
      case 'ManifestDeleted':
        if (isCluster(event.data.ref!))
          return this.#foldCluster({ ...event.data.ref!, uid: '' }, { leaves: true, version: row.version });
        return this.#foldFacts(factsOfDeleted(event.data, row.version));
      case 'SelectionDecided':
        this.#workload(row.uid).selection = chosenOf(event.data);
        return [row.uid];
      case 'PlacementDecided':
        return this.#foldPlacement(row.uid, { type: event.type, data: event.data, version: row.version });
      case 'ObjectObserved':
        return this.#foldObserved(event.data, row);
      case 'ClusterJudged':
        return this.#foldVerdict(event.data, row.version);
      default:
        return [];
    }
  }

  /** The workload with its facts; also those of a uid whose name belongs to another one by now. */
  known(uid: string): Workload | undefined {
    const workload = this.workloads.get(uid);
    if (workload) workload.facts ??= this.#names.overtaken(workload.placement.decided?.ref ?? workload.selection?.ref);
    return workload;
  }

  /** What the cluster itself said last of the object: what another one of its name said before is neither kept nor ready there. */
  observedIn(workload: Workload, cluster: string): ObservedKnown | undefined {
    const known = workload.observed.get(cluster);
    return known && this.#isOthers(cluster, known) ? { ...known, evidence: undefined, held: undefined } : known;
  }

  /**
   * To be called now and then, also while another instance decides, and when everything up to the head is folded: before that,
   * what is missing may still come. Forgets that of which nothing has been left for a minute, and answers it.
   */
  retire(): readonly string[] {
    const nowMs = this.#nowMs();
    this.#departed.keep((uid) => this.#isOver(uid));
    for (const uid of this.workloads.keys()) if (this.#isOver(uid)) this.#departed.note(uid, nowMs);
    const over = [...this.#departed.due(nowMs)];
    for (const uid of over) this.#forget(uid);
    return over;
  }

  /**
   * Nothing is left of it: deleted, told to no cluster and in none. Also what a late report of such a uid brought back: a
   * cluster reports what was told to it, which is in this state before it is in the store.
   */
  #isOver(uid: string): boolean {
    const workload = this.known(uid);
    if (!workload || workload.placement.clusters.size > 0) return false;
    const { facts, selection, placement: decided, observed } = workload;
    if (!facts) return !selection && decided.version === 0;
    const isGone = ([cluster, known]: [string, ObservedKnown]): boolean =>
      known.gone || this.cluster(cluster).verdict === Verdict.LEFT || this.#isOthers(cluster, known);
    return facts.deleted && [...observed].every(isGone);
  }

  #forget(uid: string): void {
    const { facts } = this.workloads.get(uid)!;
    this.workloads.delete(uid);
    this.#waiting.delete(uid);
    if (facts) this.#names.forget(facts.ref);
  }

  /** what is kept of objects, in entries: for tests and figures */
  get kept(): number {
    return this.workloads.size + this.#waiting.size + this.#names.size + this.#departed.size;
  }

  #isOthers(cluster: string, { clusterUid }: ObservedKnown): boolean {
    const present = this.#clusterObjects.get(cluster);
    return clusterUid !== '' && present !== undefined && present.uid !== clusterUid;
  }

  /** A beat whose reports are all folded. Ignored while a verdict stands against the cluster, and once it was removed. */
  confirm(cluster: string, beat: { atMs: number; ageMs?: number; judge: string }): void {
    const known = this.cluster(cluster);
    if (isAgainst(known.verdict) || this.#clusterObjects.get(cluster)?.leaves) return;
    this.clusters.set(cluster, { ...known, evidence: confirmBeat(known.evidence, beat) });
  }

  /** Objects with a fall that waits and that a beat of this cluster may release. */
  *waitingOn(cluster: string): Iterable<string> {
    for (const uid of this.#waiting) {
      if (this.workloads.get(uid)?.placement.clusters.has(cluster)) yield uid;
    }
  }

  /** A pause or a start: whatever was held before proves nothing now. */
  breakSoaks(): void {
    for (const [name, known] of this.clusters) this.clusters.set(name, { ...known, evidence: noClusterEvidence });
  }

  #workload(uid: string): Workload {
    const present = this.workloads.get(uid);
    if (present) return present;
    const made: Workload = {
      facts: undefined,
      selection: undefined,
      placement: placement.initialState,
      observed: new Map(),
    };
    this.workloads.set(uid, made);
    return made;
  }

  #foldFacts(facts: ManifestFacts): Iterable<string> {
    if (!isPlaceable(facts.ref)) return [];
    this.#names.note(facts.ref);
    const workload = this.#workload(facts.ref.uid);
    // a delete is final for a uid: a repeated or late fold never brings it back
    if (!workload.facts?.deleted || isConcluded(workload.facts)) workload.facts = facts;
    return [facts.ref.uid];
  }

  /** `uid` empty: it was deleted. */
  #foldCluster({ name, uid }: ObjectRef, { leaves, version }: { leaves: boolean; version: number }): Iterable<string> {
    const before = this.#clusterObjects.get(name);
    // a name's events come over several channels: the delete of an earlier uid says nothing of the present one
    if (before && version < before.version) return [];
    this.#clusterObjects.set(name, { uid, leaves, version });
    // its verdict says so only later, and until then its copies would be counted that are about to go
    if (leaves || before?.uid !== uid) this.clusters.set(name, { ...this.cluster(name), evidence: noClusterEvidence });
    return before?.uid === uid ? [] : this.#holding(name);
  }

  #foldPlacement(uid: string, event: Parameters<typeof placement.evolve>[1]): Iterable<string> {
    const workload = this.#workload(uid);
    workload.placement = placement.evolve(workload.placement, event);
    this.#waiting.delete(uid);
    for (const [cluster, told] of workload.placement.clusters) {
      if (told.waitsFor !== '') this.#waiting.add(uid);
      const known = workload.observed.get(cluster);
      if (known && known.placementVersion < told.lastFall) {
        workload.observed.set(cluster, { ...known, evidence: undefined });
      }
    }
    return [uid];
  }

  #foldObserved(data: ObjectObserved, row: Folded['row']): Iterable<string> {
    const uid = row.uid;
    const workload = this.#workload(uid);
    const placementVersion = Number(data.placementVersion);
    const { clusterUid } = data;
    const last = workload.observed.get(data.cluster);
    const known = last?.clusterUid === clusterUid ? last : undefined;
    // it may follow a fall that is not folded yet: what was reported before says nothing after it
    const isAhead = placementVersion > workload.placement.version && placementVersion !== known?.placementVersion;
    const counts = placementVersion >= (workload.placement.clusters.get(data.cluster)?.lastFall ?? 0);
    const evidence = counts
      ? addReport(isAhead ? undefined : known?.evidence, { atMs: this.#nowMs(), keepMs: KEEP_MS, ...readyOf(data) })
      : undefined;
    const held = data.hasHeld ? data.held : undefined;
    const gone = isOverThere(data);
    workload.observed.set(data.cluster, { version: row.version, placementVersion, clusterUid, gone, evidence, held });
    return held !== last?.held || gone || !workload.facts ? [uid] : [];
  }

  #foldVerdict(data: ClusterJudged, version: number): Iterable<string> {
    const present = this.cluster(data.cluster);
    if (version < present.verdictVersion) return [];
    const against = isAgainst(data.verdict);
    this.clusters.set(data.cluster, {
      verdict: data.verdict,
      verdictVersion: version,
      evidence: against ? noClusterEvidence : present.evidence,
    });
    return this.#holding(data.cluster);
  }

  *#holding(cluster: string): Iterable<string> {
    for (const [uid, workload] of this.workloads) {
      const fits = workload.selection?.fits.some((fit) => fit.cluster === cluster);
      if (fits || workload.placement.clusters.has(cluster) || workload.observed.has(cluster)) yield uid;
    }
  }
}

const isCluster = ({ group, kind }: ObjectRef): boolean => group === 'skerry.dev' && kind === 'Cluster';
