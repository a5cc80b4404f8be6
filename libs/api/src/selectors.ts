import type { FieldError } from './field-error.ts';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

type Labels = Readonly<Record<string, string>>;

/** Kubernetes' label selector; an empty or absent one matches everything. */
export const matchesLabels = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => valueOf(labels, key) === value) &&
  (selector?.matchExpressions ?? []).every((requirement) => meets(requirement, labels));

/** Of the labels themselves: `constructor` is a label like any other, and no map lacks what it inherits. */
const valueOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

const meets = ({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean => {
  const value = valueOf(labels, key);
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  return operator === 'Exists' ? value !== undefined : value === undefined;
};

/** Which objects a policy is about: by apiVersion and kind, and by name or labels. No name and no labels = all. */
export interface ObjectSelector {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Labels;
}

export interface SelectableObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

export const selectsObject = (selector: ObjectSelector, object: SelectableObject): boolean =>
  (selector.apiVersion === '*' || selector.apiVersion === object.apiVersion) &&
  (selector.kind === '*' || selector.kind === object.kind) &&
  (selector.name === undefined || selector.name === object.name) &&
  (selector.namespace === undefined || selector.namespace === object.namespace) &&
  matchesLabels({ matchLabels: selector.labels }, object.labels);

/** Higher is more exact: a name beats labels, labels beat a kind, a kind beats `*`. */
export const exactness = (selector: ObjectSelector): number =>
  (selector.name === undefined ? 0 : 8) +
  (Object.keys(selector.labels ?? {}).length > 0 ? 4 : 0) +
  (selector.kind === '*' ? 0 : 2) +
  (selector.apiVersion === '*' ? 0 : 1);

/** Which clusters: every part that is given must match. */
export interface ClusterSelector {
  readonly names?: readonly string[];
  readonly labels?: LabelSelector;
  readonly regions?: readonly string[];
  readonly zones?: readonly string[];
  readonly providers?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface SelectableCluster {
  readonly name: string;
  readonly labels: Labels;
  readonly region: string;
  readonly zone: string;
  readonly provider: string;
}

/** undefined when the cluster matches; otherwise why not, with both sides named. */
export const clusterMismatch = (
  selector: ClusterSelector | undefined,
  cluster: SelectableCluster,
): string | undefined => {
  if (!selector) return undefined;
  if (selector.exclude?.includes(cluster.name)) return 'excluded by name';
  const lists: [string, readonly string[] | undefined, string][] = [
    ['name', selector.names, cluster.name],
    ['region', selector.regions, cluster.region],
    ['zone', selector.zones, cluster.zone],
    ['provider', selector.providers, cluster.provider],
  ];
  for (const [field, allowed, value] of lists) {
    if (allowed && allowed.length > 0 && !allowed.includes(value)) {
      return `${field} is not one of ${allowed.join(', ')}`;
    }
  }
  return matchesLabels(selector.labels, cluster.labels) ? undefined : 'labels do not match';
};

const requireText = (value: unknown, field: string): FieldError[] =>
  typeof value === 'string' && value !== '' ? [] : [{ field, value, why: 'a non-empty text is required' }];

export const validateObjectSelectors = (selectors: unknown, path: string): FieldError[] => {
  if (!Array.isArray(selectors) || selectors.length === 0) {
    return [
      { field: path, value: selectors, why: 'at least one selector {apiVersion, kind, name?, labels?} is required' },
    ];
  }
  return selectors.flatMap((selector: ObjectSelector, index) => [
    ...requireText(selector?.apiVersion, `${path}[${index}].apiVersion`),
    ...requireText(selector?.kind, `${path}[${index}].kind`),
  ]);
};
