import type { HubObject } from '@skerry/all-in-one/api/hub-api';

export const namespace = (name: string): HubObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const configMap = (
  namespaceName: string,
  { name, data }: { name: string; data: Record<string, string> },
): HubObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: namespaceName },
  data,
});

export const deployment = (
  namespaceName: string,
  { name, replicas, image }: { name: string; replicas: number; image: string },
): HubObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: namespaceName, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
});

/** Everything of a namespace to some clusters; divided where it can be. Named `here`. */
export const policy = (namespaceName: string, clusters: object, more: object = {}): HubObject => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'here', namespace: namespaceName },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], clusters, division: { strategy: 'Weighted' }, ...more },
});
