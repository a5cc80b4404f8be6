import type { RollingUpdate } from '../objects/views.ts';

/** A ReplicaSet as the arithmetic of a rollout sees it. */
export interface SetCount {
  readonly name: string;
  /** what it is told to have */
  readonly replicas: number;
  /** pods that exist, also those that are ending, and those of them that are ready */
  readonly present: number;
  readonly available: number;
}

export interface RolloutInput {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** the set of the present template */
  readonly fresh: SetCount;
  /** sets of earlier templates, oldest first */
  readonly old: readonly SetCount[];
}

/** New counts by name, for the sets whose count changes. */
export type Scaling = ReadonlyMap<string, number>;

const share = (
  value: number | string | undefined,
  { of, round }: { of: number; round: (n: number) => number },
): number =>
  typeof value === 'string' && value.endsWith('%')
    ? round((Number(value.slice(0, -1)) * of) / 100)
    : Number(value ?? 0);

/** Both limits in pods. A surge is rounded up, unavailability down; if both are 0 nothing could move, so one may be missing. */
export const limitsOf = (
  update: RollingUpdate | undefined,
  desired: number,
): { maxSurge: number; maxUnavailable: number } => {
  const maxSurge = share(update?.maxSurge ?? '25%', { of: desired, round: Math.ceil });
  const maxUnavailable = share(update?.maxUnavailable ?? '25%', { of: desired, round: Math.floor });
  return { maxSurge, maxUnavailable: Math.min(desired, maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable) };
};

/**
 * One step of a rolling update, as the Deployment controller takes it: never more than desired + maxSurge in all, never
 * fewer than desired − maxUnavailable available. Old sets give up their pods that are not ready first.
 */
export const rollingStep = ({ desired, maxSurge, maxUnavailable, fresh, old }: RolloutInput): Scaling => {
  const scaling = new Map<string, number>();
  const total = old.reduce((sum, set) => sum + set.replicas, fresh.replicas);
  const room = desired + maxSurge - total;
  if (fresh.replicas > desired) scaling.set(fresh.name, desired);
  else if (fresh.replicas < desired && room > 0) {
    scaling.set(fresh.name, Math.min(desired, fresh.replicas + room));
  }
  // Kubernetes takes one of the two steps at a time; the next change brings the other.
  if (scaling.size > 0) return scaling;
  return shrinkOld({ desired, maxSurge, maxUnavailable, fresh, old }, total);
};

const shrinkOld = ({ desired, maxUnavailable, fresh, old }: RolloutInput, total: number): Scaling => {
  const scaling = new Map<string, number>();
  const minAvailable = desired - maxUnavailable;
  let removable = total - minAvailable - (fresh.replicas - fresh.available);
  for (const set of old) {
    const broken = Math.min(set.replicas - set.available, removable);
    if (broken <= 0) continue;
    scaling.set(set.name, set.replicas - broken);
    removable -= broken;
  }
  const available = old.reduce((sum, set) => sum + set.available, fresh.available);
  let spare = available - minAvailable;
  for (const set of old) {
    const left = scaling.get(set.name) ?? set.replicas;
    const by = Math.min(left, spare, removable);
    if (by <= 0) continue;
    scaling.set(set.name, left - by);
    spare -= by;
    removable -= by;
  }
  return scaling;
};

/** Recreate: the new set grows only when no pod of an old one is left. */
export const recreateStep = ({ desired, fresh, old }: RolloutInput): Scaling => {
  const scaling = new Map<string, number>();
  for (const set of old) if (set.replicas > 0) scaling.set(set.name, 0);
  if (scaling.size === 0 && old.every((set) => set.present === 0) && fresh.replicas !== desired) {
    scaling.set(fresh.name, desired);
  }
  return scaling;
};
