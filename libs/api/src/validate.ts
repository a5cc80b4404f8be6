import { validateCluster } from './cluster/cluster.ts';
import type { Validation } from './field-error.ts';
import type { KubeObject } from './object.ts';
import { validateOverridePolicy } from './override-policy/validate-override-policy.ts';
import { validatePlacementPolicy } from './placement-policy/placement-policy.ts';

const VALIDATIONS: Readonly<Record<string, (object: KubeObject) => Validation>> = {
  Cluster: validateCluster,
  ClusterOverridePolicy: validateOverridePolicy,
  ClusterPlacementPolicy: validatePlacementPolicy,
  OverridePolicy: validateOverridePolicy,
  PlacementPolicy: validatePlacementPolicy,
};

/** What the schema of a skerry.dev kind cannot say. Other kinds have none. */
export const validateOwnKind = (object: KubeObject): Validation => VALIDATIONS[object.kind]?.(object) ?? [];
