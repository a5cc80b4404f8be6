import { by } from '@skerry/kernel/order';
import { handOut, type Seat, takeAway } from './webster.ts';

export const DIVISION_ENGINE = 'division/1 webster';

export interface Candidate {
  readonly cluster: string;
  readonly weight: number;
  readonly min: number;
  /** 0: no limit */
  readonly max: number;
  /** false: no replica more than it holds */
  readonly mayGrow: boolean;
  readonly noGrowthReason: string;
}

export interface DivisionSnapshot {
  readonly uid: string;
  readonly strategy: 'Duplicated' | 'Weighted';
  readonly hasReplicas: boolean;
  readonly wanted: number;
  readonly candidates: readonly Candidate[];
  /** what the last decision told and wanted; targets seed the division, told caps growth where there may be none */
  readonly present: ReadonlyMap<string, { readonly target: number | undefined; readonly told: number }>;
  /** the weight rules changed: divided anew instead of by the difference */
  readonly rebalance: boolean;
}

export interface Shortfall {
  readonly replicas: number;
  readonly reason: string;
  /** Duplicated: the cluster that lacks them; empty otherwise */
  readonly cluster: string;
}

export interface DivisionOutcome {
  readonly targets: ReadonlyMap<string, number>;
  readonly shortfall: readonly Shortfall[];
}

/** n over the clusters. Free room counts as unlimited until there is a ledger. Σ targets = n − Σ shortfall (Duplicated: per cluster). */
export const divide = (snapshot: DivisionSnapshot): DivisionOutcome => {
  const candidates = [...snapshot.candidates].sort(by((candidate) => candidate.cluster));
  const copies = snapshot.strategy === 'Duplicated' || !snapshot.hasReplicas || snapshot.wanted === 0;
  return copies ? duplicate(snapshot, candidates) : weigh(snapshot, candidates);
};

const duplicate = (snapshot: DivisionSnapshot, candidates: readonly Candidate[]): DivisionOutcome => {
  const targets = new Map<string, number>();
  const shortfall: Shortfall[] = [];
  for (const candidate of candidates) {
    const { cluster, max, mayGrow, noGrowthReason } = candidate;
    const told = snapshot.present.get(cluster)?.told;
    if (!mayGrow && told === undefined) {
      // one missing copy, also of a kind without a number
      shortfall.push({ replicas: Math.max(1, snapshot.wanted), reason: noGrowthReason, cluster });
      continue;
    }
    const limit = Math.min(max === 0 ? Infinity : max, mayGrow ? Infinity : told!);
    const target = Math.min(snapshot.wanted, limit);
    targets.set(cluster, target);
    if (target < snapshot.wanted) {
      const reason = mayGrow || target === max ? `perCluster max is ${max}` : noGrowthReason;
      shortfall.push({ replicas: snapshot.wanted - target, reason, cluster });
    }
  }
  if (candidates.length === 0)
    shortfall.push({ replicas: Math.max(1, snapshot.wanted), reason: 'no cluster fits', cluster: '' });
  return { targets, shortfall };
};

const toSeat = (snapshot: DivisionSnapshot, candidate: Candidate): Seat => {
  const present = snapshot.present.get(candidate.cluster);
  const told = present?.told ?? 0;
  const max = candidate.max === 0 ? Infinity : candidate.max;
  const cap = candidate.mayGrow ? max : Math.min(max, told);
  const seeded = snapshot.rebalance ? 0 : Math.min(present?.target ?? 0, cap);
  return {
    cluster: candidate.cluster,
    votes: candidate.weight,
    seats: seeded,
    cap,
    floor: Math.min(candidate.min, cap),
  };
};

const weigh = (snapshot: DivisionSnapshot, candidates: readonly Candidate[]): DivisionOutcome => {
  const { uid, wanted } = snapshot;
  const seats = serveMinimums(
    candidates.map((candidate) => toSeat(snapshot, candidate)),
    wanted,
  );
  const have = sum(seats);
  const divided =
    have < wanted ? handOut(seats, { count: wanted - have, uid }) : takeAway(seats, { count: have - wanted, uid });
  const placed = [...divided.values()].reduce((total, count) => total + count, 0);
  const targets = new Map([...divided].filter(([, count]) => count > 0));
  return { targets, shortfall: placed < wanted ? [explainShortfall(wanted - placed, candidates)] : [] };
};

const sum = (seats: readonly Seat[]): number => seats.reduce((total, seat) => total + seat.seats, 0);

/** min first, in name order, as long as n lasts; what others hold above their own min makes room for it. */
const serveMinimums = (seats: readonly Seat[], wanted: number): Seat[] => {
  let left = wanted;
  const floors = seats.map((seat) => {
    const floor = Math.min(seat.floor, left);
    left -= floor;
    return { ...seat, floor };
  });
  return floors.map((seat) => ({ ...seat, seats: Math.max(seat.seats, seat.floor) }));
};

const explainShortfall = (replicas: number, candidates: readonly Candidate[]): Shortfall => {
  if (candidates.length === 0) return { replicas, reason: 'no cluster fits', cluster: '' };
  const reasons = candidates.map(
    (one) => `${one.cluster}: ${one.mayGrow ? `perCluster max is ${one.max}` : one.noGrowthReason}`,
  );
  return { replicas, reason: reasons.join('; '), cluster: '' };
};
