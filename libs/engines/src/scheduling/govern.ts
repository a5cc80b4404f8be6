import type { PlacementPolicySpec } from '@skerry/api/placement-policy/placement-policy';
import { exactness, selectsObject } from '@skerry/api/selectors';
import { by } from '@skerry/kernel/order';
import type { SchedulableObject } from './framework/filter.ts';

export interface Policy {
  readonly kind: 'PlacementPolicy' | 'ClusterPlacementPolicy';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: PlacementPolicySpec;
}

const matchOf = (policy: Policy, object: SchedulableObject): number => {
  const inScope =
    policy.kind === 'ClusterPlacementPolicy' || (object.namespace !== '' && policy.namespace === object.namespace);
  if (!inScope) return -1;
  const matches = policy.spec.selects.filter((selector) => selectsObject(selector, object));
  return matches.length === 0 ? -1 : Math.max(...matches.map(exactness));
};

/**
 * All policies that match, the governing one first: higher priority, then the more exact selector, then namespaced
 * before cluster-wide, then name. Exactly one governs.
 */
export const governingOrder = (object: SchedulableObject, policies: Iterable<Policy>): readonly Policy[] => {
  const matching: { policy: Policy; exact: number }[] = [];
  for (const policy of policies) {
    const exact = matchOf(policy, object);
    if (exact >= 0) matching.push({ policy, exact });
  }
  const order = by<{ policy: Policy; exact: number }>(
    ({ policy }) => -(policy.spec.priority ?? 0),
    ({ exact }) => -exact,
    ({ policy }) => (policy.kind === 'PlacementPolicy' ? 0 : 1),
    ({ policy }) => policy.name,
    ({ policy }) => policy.uid,
  );
  return matching.sort(order).map(({ policy }) => policy);
};
