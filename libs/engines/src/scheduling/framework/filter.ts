import type { ClusterFacts } from '@skerry/api/cluster/cluster';
import type { PlacementPolicySpec } from '@skerry/api/placement-policy/placement-policy';

export interface SchedulableObject {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ClusterKinds {
  /** `apiVersion/kind` that the member serves */
  readonly kinds: ReadonlySet<string>;
  /** discovery has answered whole; otherwise a missing kind is unknown, not unfit */
  readonly complete: boolean;
}

/**
 * All that a filter may read of an object, so that one selection serves all objects of a kind under a policy. A filter that has
 * to read more adds it here, and to the key under which the scheduler keeps what it has selected.
 */
export type ObjectKind = Pick<SchedulableObject, 'apiVersion' | 'kind'>;

export interface FilterInput {
  readonly object: ObjectKind;
  readonly policy: PlacementPolicySpec;
  readonly cluster: ClusterFacts;
  /** undefined: the cluster has not reported its kinds yet */
  readonly served: ClusterKinds | undefined;
}

/**
 * fits: may run there. stay: what is there stays, nothing new comes (no growth). unfit: must not be there.
 * Every reason names what was compared.
 */
export type FilterVerdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'stay'; readonly reason: string }
  | { readonly kind: 'unfit'; readonly reason: string };

export const FITS: FilterVerdict = { kind: 'fits' };
export const stay = (reason: string): FilterVerdict => ({ kind: 'stay', reason });
export const unfit = (reason: string): FilterVerdict => ({ kind: 'unfit', reason });

export interface Filter {
  readonly name: string;
  readonly filter: (input: FilterInput) => FilterVerdict;
}
