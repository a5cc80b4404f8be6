import type { HubObject } from './client.ts';

export const NAMESPACE = 'apps';
export const MANAGED = 'skerry.dev/managed';
export const UID = 'skerry.dev/uid';

export interface WorkloadSpec {
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'ConfigMap';
  /** the policy that governs it */
  readonly group: string;
  readonly replicas: number;
  readonly image: string;
}

export interface PolicySpec {
  readonly group: string;
  readonly strategy: 'Weighted' | 'Duplicated';
  readonly clusters: readonly string[];
  /** by cluster; empty: equal */
  readonly weights: Readonly<Record<string, number>>;
  readonly soak: string;
}

export const namespaceObject = (): HubObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE },
});

export const workloadObject = ({ name, kind, group, replicas, image }: WorkloadSpec): HubObject => {
  const metadata = { name, namespace: NAMESPACE, labels: { group } };
  if (kind === 'ConfigMap') return { apiVersion: 'v1', kind, metadata, data: { image } };
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const more = kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {};
  return { apiVersion: 'apps/v1', kind, metadata, spec: { ...spec, ...more } };
};

export const policyObject = ({ group, strategy, clusters, weights, soak }: PolicySpec): HubObject => {
  const rules = Object.entries(weights).map(([name, weight]) => ({ clusters: { names: [name] }, weight }));
  return {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'PlacementPolicy',
    metadata: { name: group, namespace: NAMESPACE },
    spec: {
      selects: [{ apiVersion: '*', kind: '*', labels: { group } }],
      clusters: { names: clusters },
      division: { strategy, ...(rules.length > 0 && strategy === 'Weighted' ? { weights: rules } : {}) },
      movement: { soak },
    },
  };
};

export const clusterObject = (name: string, spec: object = {}): HubObject => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'Cluster',
  metadata: { name },
  spec,
});
