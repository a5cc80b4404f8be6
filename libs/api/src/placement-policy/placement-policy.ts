import { type FieldError, notServedYet, oneOf, type Validation } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import { type ClusterSelector, type ObjectSelector, validateObjectSelectors } from '../selectors.ts';

export interface Toleration {
  readonly key?: string;
  /** none is Equal */
  readonly operator?: 'Exists' | 'Equal' | '';
  readonly value?: string;
  readonly effect?: string;
}

export interface WeightRule {
  readonly clusters?: ClusterSelector;
  readonly weight: number;
}

export interface LimitRule {
  readonly clusters?: ClusterSelector;
  readonly min?: number;
  readonly max?: number;
}

export interface PlacementPolicySpec {
  readonly selects: readonly ObjectSelector[];
  readonly priority?: number;
  readonly clusters?: ClusterSelector;
  readonly tolerations?: readonly Toleration[];
  readonly division?: {
    readonly strategy?: 'Duplicated' | 'Weighted';
    readonly weights?: readonly WeightRule[];
    readonly perCluster?: readonly LimitRule[];
  };
  /** how long evidence must hold before a fall, e.g. `25s`; never below the silence threshold */
  readonly movement?: { readonly soak?: string };
  readonly adopt?: boolean;
}

export const DEFAULT_SOAK_MS = 25_000;
/** A soak must be longer than the silence threshold, or a silent cluster's old evidence could let a copy go. */
export const MIN_SOAK_MS = 21_000;
/** A week: what waits longer is forgotten rather than soaked, and no timer runs longer than a month. */
export const MAX_SOAK_MS = 7 * 24 * 3_600_000;
/** Counts are 32 bits on the wire. */
const MAX_COUNT = 2 ** 31 - 1;
/** Division compares weight × count without rounding: both together have to stay below 2^53. */
const MAX_WEIGHT = 1_000_000;

/** `25s`, `500ms`, `2m`, `1h` in milliseconds; undefined when it is no duration. */
export const parseDurationMs = (text: string): number | undefined => {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (!match) return undefined;
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
  return Number(match[1]) * unitMs;
};

export const soakOf = (spec: PlacementPolicySpec): number =>
  Math.min(MAX_SOAK_MS, Math.max(MIN_SOAK_MS, parseDurationMs(spec.movement?.soak ?? '') ?? DEFAULT_SOAK_MS));

const whole = (value: unknown, { field, max }: { field: string; max: number }): FieldError[] =>
  value === undefined || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max)
    ? []
    : [{ field, value, why: `a whole number from 0 to ${max}` }];

const validateRules = (spec: PlacementPolicySpec): FieldError[] => [
  ...(spec.division?.weights ?? []).flatMap((rule, index) =>
    rule.weight === undefined
      ? [{ field: `spec.division.weights[${index}].weight`, value: undefined, why: 'required' }]
      : whole(rule.weight, { field: `spec.division.weights[${index}].weight`, max: MAX_WEIGHT }),
  ),
  ...(spec.division?.perCluster ?? []).flatMap((rule, index) => {
    const path = `spec.division.perCluster[${index}]`;
    const tooSmall = rule.max !== undefined && rule.min !== undefined && rule.max < rule.min;
    return [
      ...whole(rule.min, { field: `${path}.min`, max: MAX_COUNT }),
      ...whole(rule.max, { field: `${path}.max`, max: MAX_COUNT }),
      ...(tooSmall ? [{ field: `${path}.max`, value: rule.max, why: `at least min, which is ${rule.min}` }] : []),
    ];
  }),
];

const validateToleration = (toleration: Toleration, path: string): FieldError[] => [
  ...notServedYet(toleration as Record<string, unknown>, { path, fields: ['tolerationSeconds'] }),
  ...oneOf(toleration.operator, { path: `${path}.operator`, allowed: ['Exists', 'Equal', ''] }),
  ...oneOf(toleration.effect, { path: `${path}.effect`, allowed: ['NoSchedule', 'NoExecute', ''] }),
];

const validateSoak = (spec: PlacementPolicySpec): FieldError[] => {
  const soak = spec.movement?.soak;
  if (soak === undefined) return [];
  const soakMs = parseDurationMs(soak);
  if (soakMs !== undefined && soakMs >= MIN_SOAK_MS && soakMs <= MAX_SOAK_MS) return [];
  const why = `a duration from ${MIN_SOAK_MS / 1_000}s to ${MAX_SOAK_MS / 3_600_000}h, e.g. 25s`;
  return [{ field: 'spec.movement.soak', value: soak, why }];
};

/** Fields of the design that nothing acts on yet, by the path that holds them. */
const NOT_SERVED: readonly { path: string; of: (spec: PlacementPolicySpec) => unknown; fields: readonly string[] }[] = [
  { path: 'spec', of: (spec) => spec, fields: ['groups', 'spread', 'failover', 'dependencies', 'suspend'] },
  { path: 'spec.movement', of: (spec) => spec.movement, fields: ['budget', 'interval', 'rebalance'] },
];

export const validatePlacementPolicy = (object: KubeObject): Validation => {
  const spec = (object.spec ?? {}) as unknown as PlacementPolicySpec;
  const served = ['Duplicated', 'Weighted'];
  return [
    ...validateObjectSelectors(spec.selects, 'spec.selects'),
    ...NOT_SERVED.flatMap(({ path, of, fields }) =>
      notServedYet(of(spec) as Record<string, unknown> | undefined, { path, fields }),
    ),
    ...(spec.tolerations ?? []).flatMap((toleration, index) =>
      validateToleration(toleration, `spec.tolerations[${index}]`),
    ),
    ...oneOf(spec.division?.strategy, { path: 'spec.division.strategy', allowed: served }),
    ...validateRules(spec),
    ...validateSoak(spec),
  ];
};
