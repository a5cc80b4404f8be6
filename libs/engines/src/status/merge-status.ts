import type { ClusterPlacement, PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { STATE_NAMES } from '@skerry/domain/observed/observed';
import { by } from '@skerry/kernel/order';

/** A Kubernetes condition without its times: those belong to whoever stores it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** What is read of a report. */
export type Reported = Readonly<
  Pick<ObjectObserved, 'cluster' | 'state' | 'reason' | 'field' | 'message' | 'count' | 'status'>
>;

export interface StatusInput {
  readonly kind: string;
  readonly generation: number;
  /** replicas that the manifest asks for; undefined for kinds without */
  readonly wanted: number | undefined;
  readonly selection: SelectionDecided | undefined;
  readonly placement: PlacementDecided | undefined;
  /** by cluster */
  readonly observed: ReadonlyMap<string, Reported>;
}

export interface MergedStatus {
  /** counts over all clusters; undefined for kinds without replicas */
  readonly counts: { readonly replicas: number; readonly ready: number; readonly updated: number } | undefined;
  readonly conditions: readonly Condition[];
  /** a member's own status, for kinds that Skerry does not count: of the first cluster by name that applied it */
  readonly mirrored: unknown;
  /** every placed cluster has applied what belongs to this generation */
  readonly settled: boolean;
}

/** One status out of many clusters: sums for what is counted, the worst for what is said. Independent of order. */
export const mergeStatus = (input: StatusInput): MergedStatus => {
  const placed = [...(input.placement?.clusters ?? [])].sort(by((one) => one.cluster));
  const reports = placed.flatMap(({ cluster }) => input.observed.get(cluster) ?? []);
  const counts = input.wanted === undefined ? undefined : sumCounts(reports);
  const applied = appliedCondition(placed, input.observed);
  const conditions = [placedCondition(input, placed), applied];
  if (input.wanted !== undefined) conditions.unshift(availableCondition(input.wanted, counts!.ready));
  const settled = applied.status === 'True' && Number(input.placement?.manifestGeneration ?? -1n) === input.generation;
  return { counts, conditions, mirrored: mirroredStatus(reports), settled };
};

const sumCounts = (reports: readonly Reported[]) => {
  const total = { replicas: 0, ready: 0, updated: 0 };
  for (const { count } of reports) {
    total.replicas += count?.replicas ?? 0;
    total.ready += count?.ready ?? 0;
    total.updated += count?.updated ?? 0;
  }
  return total;
};

const availableCondition = (wanted: number, ready: number): Condition =>
  ready >= wanted
    ? { type: 'Available', status: 'True', reason: 'EnoughReady', message: `${ready} of ${wanted} replicas are ready` }
    : {
        type: 'Available',
        status: 'False',
        reason: 'TooFewReady',
        message: `${ready} of ${wanted} replicas are ready`,
      };

const placedCondition = (input: StatusInput, placed: readonly ClusterPlacement[]): Condition => {
  const { selection, placement } = input;
  const type = 'skerry.dev/Placed';
  if (!selection?.policy) {
    return {
      type,
      status: 'False',
      reason: 'NoPolicy',
      message: 'no placement policy selects this object: it is stored only',
    };
  }
  if (!placement) return { type, status: 'Unknown', reason: 'Deciding', message: 'not decided yet' };
  if (placement.shortfall.length > 0) {
    const lines = placement.shortfall.map(
      ({ cluster, replicas, reason }) =>
        `${cluster === '' ? '' : `${cluster}: `}${replicas === 0 ? 'stays as it is' : `${replicas} not placed`}: ${reason}`,
    );
    return { type, status: 'False', reason: 'Shortfall', message: lines.join('; ') };
  }
  const waits = placed
    .filter((one) => one.waitsFor !== '')
    .map((one) => `${one.cluster} keeps ${one.told}, waits for ${one.waitsFor}`);
  if (waits.length > 0) return { type, status: 'True', reason: 'Moving', message: waits.join('; ') };
  const where = placed.map((one) => (placement.hasReplicas ? `${one.cluster}=${one.told}` : one.cluster)).join(', ');
  const reason = selection.ungoverned ? 'Ungoverned' : 'Placed';
  const suffix = selection.ungoverned ? '; its policy is gone, so no cluster is added' : '';
  return { type, status: 'True', reason, message: `${where === '' ? 'nowhere' : where}${suffix}` };
};

/** Worst first: a refusal explains more than a wait. */
const SEVERITY: readonly ObservedState[] = [
  ObservedState.REFUSED,
  ObservedState.NOT_OURS,
  ObservedState.CONTENDED,
  ObservedState.WAITING,
  ObservedState.GONE,
];

const appliedCondition = (placed: readonly ClusterPlacement[], observed: ReadonlyMap<string, Reported>): Condition => {
  const type = 'skerry.dev/Applied';
  if (placed.length === 0) return { type, status: 'False', reason: 'NotPlaced', message: 'no cluster holds it' };
  const silent = placed.filter(({ cluster }) => !observed.has(cluster)).map(({ cluster }) => cluster);
  const reports = placed.flatMap(({ cluster }) => observed.get(cluster) ?? []);
  for (const state of SEVERITY) {
    const bad = reports.filter((report) => report.state === state);
    if (bad.length > 0) {
      return { type, status: 'False', reason: STATE_NAMES[state], message: bad.map(sayWhy).join('; ') };
    }
  }
  if (silent.length > 0) {
    return { type, status: 'Unknown', reason: 'NoReportYet', message: `no report yet from ${silent.join(', ')}` };
  }
  return { type, status: 'True', reason: 'Applied', message: `in ${placed.map(({ cluster }) => cluster).join(', ')}` };
};

const sayWhy = ({ cluster, reason, field, message }: Reported): string =>
  `${cluster}: ${[reason, field, message].filter((part) => part !== '').join(': ')}`;

const mirroredStatus = (reports: readonly Reported[]): unknown => {
  const first = reports.find((report) => report.state === ObservedState.APPLIED && report.status.byteLength > 0);
  return first ? (JSON.parse(new TextDecoder().decode(first.status)) as unknown) : undefined;
};
