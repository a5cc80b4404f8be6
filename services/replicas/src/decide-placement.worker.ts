import type { PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { clusterStream, isAgainst, VERDICT_NAMES, verdictStream } from '@skerry/domain/cluster/cluster';
import { observedStream } from '@skerry/domain/observed/observed';
import { countedReady, soakEndsMs } from '@skerry/domain/placement/evidence';
import { type DecidePlacement, type Known, placement, placementStream } from '@skerry/domain/placement/placement';
import { DIVISION_ENGINE, divide, type Candidate } from '@skerry/engines/division/divide';
import { divisionBasisText } from '@skerry/engines/division/basis';
import { canonicalJson } from '@skerry/kernel/canonical';
import { by, byText } from '@skerry/kernel/order';
import type { ExpectedVersion } from '@skerry/ports/event-store/event-store';
import { partitionOf } from '@skerry/ports/event-store/event-store';
import { type Decided, outgoing } from '@skerry/runtime/append/appender';
import { commandIdOf, hashOf } from '@skerry/runtime/hash';
import type { ReplicasState, Workload } from './replicas-state.ts';

export const REPLICAS = 'replicas';

/** A cluster without a beat for this long is Silent; evidence of a beat older than this counts for nothing. */
export const SILENCE_MS = 20_000;

export interface Now {
  readonly nowMs: number;
}

/** Beats come every 5 s: evidence that is whole may be known that much later. */
const BEAT_AND_SLACK_MS = 6_000;

export interface PlacementOutcome {
  readonly decided?: Decided;
  readonly wakeAtMs?: number;
}

/** Decides one object's placement; undefined when nothing changes. */
export const decidePlacement = (
  state: ReplicasState,
  { uid, nowMs }: { uid: string } & Now,
): PlacementOutcome | undefined => {
  const workload = state.known(uid);
  const command = workload && toCommand(state, { workload, nowMs });
  if (!workload || !command) return undefined;
  const decision = placement.decide(workload.placement, command);
  if (decision.kind === 'rejection' || decision.events.length === 0) return undefined;
  const { data } = decision.events[0]!;
  const wakeAtMs = worthWaitingFor(state, { workload, data, nowMs });
  if (wakeAtMs !== undefined) return { wakeAtMs };
  const version = workload.placement.version;
  const stream = placementStream(uid);
  const { namespace } = command.ref;
  return {
    decided: {
      commandId: commandIdOf({ owner: REPLICAS, key: uid, basis: command.decisionBasis, version }),
      events: [outgoing('PlacementDecided', { stream, partition: partitionOf(uid), namespace, uid, data })],
      expected: [{ stream, version }, ...evidenceVersions(state, { workload, data, known: command.known })],
    },
  };
};

/**
 * A fall makes the evidence of its own cluster worthless for a soak, so when some falls of a decision could be made now and
 * others only because a soak is over a beat later, all are made then: otherwise the others wait for one more soak.
 */
const worthWaitingFor = (
  state: ReplicasState,
  { workload, data, nowMs }: { workload: Workload; data: PlacementDecided } & Now,
): number | undefined => {
  const waits = data.clusters.some((one) => one.waitsFor !== '');
  if (!waits || data.withdrawn || !fallsIn(workload, data)) return undefined;
  const soakMs = Number(workload.selection?.soakMs ?? 0n);
  const ends = [...workload.placement.clusters.keys()].flatMap((name) => {
    const cluster = state.cluster(name);
    const object = state.observedIn(workload, name)?.evidence;
    const endMs = isAgainst(cluster.verdict) ? undefined : soakEndsMs({ cluster: cluster.evidence, object }, soakMs);
    const known = endMs !== undefined && cluster.evidence.confirmedMs >= endMs;
    return endMs === undefined || known ? [] : [endMs + BEAT_AND_SLACK_MS];
  });
  const dueMs = Math.min(...ends.filter((atMs) => atMs > nowMs && atMs <= nowMs + 2 * BEAT_AND_SLACK_MS));
  return Number.isFinite(dueMs) ? dueMs : undefined;
};

const fallsIn = (workload: Workload, data: PlacementDecided): boolean => {
  const told = new Map(data.clusters.map((one) => [one.cluster, one.told]));
  return [...workload.placement.clusters].some(([cluster, before]) => (told.get(cluster) ?? -1) < before.told);
};

const toCommand = (
  state: ReplicasState,
  { workload, nowMs }: { workload: Workload } & Now,
): DecidePlacement | undefined => {
  const { facts, selection } = workload;
  if (!facts) return undefined;
  const withdrawn = facts.deleted || facts.withdraw;
  if (!withdrawn && !selection) return undefined;
  const wanted = facts.hasReplicas ? facts.replicas : 0;
  const outcome = withdrawn ? NOTHING : divideNow(state, workload);
  const soakMs = Number(selection?.soakMs ?? 0n);
  const known = knownClusters(state, {
    workload,
    targets: outcome.targets,
    soak: { nowMs, soakMs, silenceMs: SILENCE_MS },
  });
  const divisionBasis = hashOf(divisionBasisText({ facts, selection }));
  return {
    ref: facts.ref,
    unit: isDivided(workload) ? 'replica' : 'copy',
    // a copy of a kind without a count is ready when it is there: one
    wanted: facts.hasReplicas ? wanted : 1,
    hasReplicas: facts.hasReplicas,
    strategy: selection?.strategy ?? '',
    targets: facts.hasReplicas ? outcome.targets : new Map([...outcome.targets].map(([cluster]) => [cluster, 1])),
    known,
    shortfall: outcome.shortfall,
    divisionBasis,
    decisionBasis: hashOf(canonicalJson([divisionBasis, toldText(workload), [...known].sort(by(([name]) => name))])),
    manifestGeneration: facts.generation,
    weightsHash: selection?.weightsHash ?? '',
    selected: new Set(selection?.fits.map(({ cluster }) => cluster)),
    adopt: selection?.adopt ?? false,
    ungoverned: selection?.ungoverned ?? false,
    withdrawn,
    engine: DIVISION_ENGINE,
  };
};

const NOTHING: { targets: ReadonlyMap<string, number>; shortfall: [] } = { targets: new Map(), shortfall: [] };

const isDivided = ({ facts, selection }: Workload): boolean =>
  facts!.hasReplicas && facts!.replicas > 0 && selection?.strategy === 'Weighted';

const toldText = (workload: Workload): unknown =>
  [...workload.placement.clusters]
    .sort(by(([name]) => name))
    .map(([name, told]) => [name, told.target ?? -1, told.told]);

const divideNow = (state: ReplicasState, workload: Workload) => {
  const { facts, selection, placement: present } = workload;
  if (selection!.refusal !== '') return refused(workload);
  return divide({
    uid: facts!.ref.uid,
    strategy: selection!.strategy === 'Weighted' ? 'Weighted' : 'Duplicated',
    hasReplicas: facts!.hasReplicas,
    wanted: facts!.hasReplicas ? facts!.replicas : 1,
    candidates: candidatesOf(state, workload),
    present: present.clusters,
    rebalance: present.decided !== undefined && present.decided.weightsHash !== selection!.weightsHash,
  });
};

/** What cannot be placed under its policy stays where it is, and says why; short is only what is nowhere at all. */
const refused = ({ facts, selection, placement: present }: Workload) => {
  const targets = new Map(
    [...present.clusters].flatMap(([name, { target }]) => (target === undefined ? [] : [[name, target] as const])),
  );
  const placed = [...targets.values()].reduce((sum, count) => sum + count, 0);
  const wanted = Math.max(1, facts!.replicas);
  const missing = targets.size === 0 ? wanted : Math.max(0, wanted - placed);
  return { targets, shortfall: [{ replicas: missing, reason: selection!.refusal, cluster: '' }] };
};

/**
 * An ungoverned object is divided among the clusters that have it; a verdict against a cluster only stops growth there. One
 * that has left is none, also while the selection still names it: its share would be placed nowhere and be missed by nobody.
 */
const candidatesOf = (state: ReplicasState, { selection, placement: present }: Workload): Candidate[] =>
  selection!.fits
    .filter((fit) => state.cluster(fit.cluster).verdict !== Verdict.LEFT)
    .filter((fit) => !selection!.ungoverned || present.clusters.has(fit.cluster))
    .map((fit) => {
      const { verdict } = state.cluster(fit.cluster);
      const silent = isAgainst(verdict);
      return {
        cluster: fit.cluster,
        weight: fit.weight,
        min: fit.min,
        max: fit.max,
        mayGrow: fit.mayGrow && !silent,
        noGrowthReason: silent ? `the cluster is ${VERDICT_NAMES[verdict]}` : fit.noGrowthReason,
      };
    });

const knownClusters = (
  state: ReplicasState,
  {
    workload,
    targets,
    soak,
  }: { workload: Workload; targets: ReadonlyMap<string, number>; soak: Parameters<typeof countedReady>[1] },
): Map<string, Known> => {
  const keeping = [...workload.observed.keys()].filter((name) => state.observedIn(workload, name)?.held !== undefined);
  const names = new Set([...workload.placement.clusters.keys(), ...targets.keys(), ...keeping]);
  const known = new Map<string, Known>();
  for (const name of [...names].sort(byText)) {
    const cluster = state.cluster(name);
    const against = isAgainst(cluster.verdict);
    const { evidence: object, held } = state.observedIn(workload, name) ?? {};
    const counted = against ? undefined : countedReady({ cluster: cluster.evidence, object }, soak);
    const left = cluster.verdict === Verdict.LEFT;
    known.set(name, { counted, verdictAgainst: against, left, ...(held === undefined ? {} : { held }) });
  }
  return known;
};

/**
 * A fall is decided only at the head: its append names the verdict stream of each cluster that holds the object, its observed
 * stream there, and the stream of each Cluster that counted, which may just be removed; it is refused if one has moved. Rises
 * need none of this.
 */
const evidenceVersions = (
  state: ReplicasState,
  { workload, data, known }: { workload: Workload; data: PlacementDecided; known: ReadonlyMap<string, Known> },
): ExpectedVersion[] => {
  if (!fallsIn(workload, data) || data.withdrawn) return [];
  const uid = data.ref!.uid;
  return [...workload.placement.clusters.keys()]
    .sort(byText)
    .flatMap((cluster) => [
      { stream: verdictStream(cluster), version: state.cluster(cluster).verdictVersion },
      { stream: observedStream(cluster, uid), version: workload.observed.get(cluster)?.version ?? 0 },
      ...(known.get(cluster)?.counted === undefined ? [] : [clusterVersion(state, cluster)]),
    ]);
};

const clusterVersion = (state: ReplicasState, name: string): ExpectedVersion => ({
  stream: clusterStream(name),
  version: state.clusterVersion(name),
});
