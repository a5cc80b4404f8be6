import type { Manifest } from './hand.ts';

export const namespaceOf = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const configMapOf = (
  namespace: string,
  name: string,
  data: Record<string, string> = { key: 'value' },
): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

export const serviceOf = (namespace: string, name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] },
});

export const deploymentOf = (
  namespace: string,
  { name = 'web', replicas, image = 'web:1' }: { name?: string; replicas: number; image?: string },
): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
});

const INTEGER = { type: 'integer' };

export const definitionOf = (group: string): Manifest => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `boats.${group}` },
  spec: {
    group,
    names: { kind: 'Boat', plural: 'boats', singular: 'boat', listKind: 'BoatList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { sails: INTEGER, replicas: INTEGER } } },
          },
        },
      },
    ],
  },
});

export const boatOf = (
  group: string,
  namespace: string,
  { name = 'anna', ...spec }: { name?: string; sails?: number; replicas?: number } = { sails: 2 },
): Manifest => ({
  apiVersion: `${group}/v1`,
  kind: 'Boat',
  metadata: { name, namespace },
  spec,
});
