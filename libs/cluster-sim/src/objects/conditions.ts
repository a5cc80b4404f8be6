import type { Condition } from './views.ts';

/** Seconds are all that Kubernetes keeps of a time. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((one) => one.type === type);

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True';

/** The conditions with `wanted` among them; the time of the transition moves only when the status does. */
export const withCondition = (
  conditions: readonly Condition[] | undefined,
  { now, ...wanted }: Condition & { readonly now: string },
): readonly Condition[] => {
  const present = conditions ?? [];
  const before = conditionOf(present, wanted.type);
  const same = before?.status === wanted.status && before.reason === wanted.reason && before.message === wanted.message;
  if (same && wanted.lastUpdateTime === before.lastUpdateTime) return present;
  const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now;
  const next: Condition = { ...wanted, lastTransitionTime };
  return before === undefined ? [...present, next] : present.map((one) => (one === before ? next : one));
};
