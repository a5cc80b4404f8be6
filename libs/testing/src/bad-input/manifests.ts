import { type Draw, key, number, oneOf, onceIn, setOwn, text, value } from './nasty.ts';

/** A manifest as somebody might write it. Not a KubeObject: its parts may be anything. */
export type Manifest = Record<string, any>;

const template = (app: string): object => ({
  metadata: { labels: { app } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'registry.example/team/app:1',
        env: [{ name: 'A', value: '1' }],
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
});

type Maker = (name: string, namespace: string) => Manifest;

const workload =
  (kind: string, more: object = {}): Maker =>
  (name, namespace) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels: { app: 'a' } },
    spec: { replicas: 2, selector: { matchLabels: { app: 'a' } }, template: template('a'), ...structuredClone(more) },
  });

/** What is right about a manifest of each kind, before something is made wrong. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  ConfigMap: (name, namespace) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { tier: 'a' }, annotations: { note: 'b' } },
    data: { a: '1', 'b.txt': 'two\nlines\n' },
  }),
  Secret: (name, namespace) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: { key: 'c2VjcmV0' },
  }),
  Deployment: workload('Deployment', { strategy: { type: 'Recreate' } }),
  StatefulSet: workload('StatefulSet', { serviceName: 'a' }),
  Service: (name, namespace) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }),
  Role: (name, namespace) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  }),
  Job: (name, namespace) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { completions: 3, template: template('job') },
  }),
  ServiceAccount: (name, namespace) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }),
  Namespace: (name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  CustomResourceDefinition: (name) => definition(name),
};

const definition: (name: string) => Manifest = (name) => {
  const plural = `${name.replaceAll('-', '')}s`;
  const kind = `K${name.replaceAll('-', '')}`;
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: { size: { type: 'integer', minimum: 1 }, code: { type: 'string', pattern: '^[a-z]+$' } },
      },
    },
  };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.poison.example` },
    spec: {
      group: 'poison.example',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions,
    },
  };
};

export const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  Service: 'services',
  Role: 'roles',
  Job: 'jobs',
  ServiceAccount: 'serviceaccounts',
  Namespace: 'namespaces',
  CustomResourceDefinition: 'customresourcedefinitions',
  PlacementPolicy: 'placementpolicies',
  ClusterPlacementPolicy: 'clusterplacementpolicies',
  OverridePolicy: 'overridepolicies',
  ClusterOverridePolicy: 'clusteroverridepolicies',
  Cluster: 'clusters',
};

/** One thing made wrong somewhere in the manifest: a value replaced, taken away, doubled, or a key too many. */
export const mutate = (draw: Draw, manifest: Manifest): void => {
  let node: any = manifest;
  for (;;) {
    const names = Object.keys(node);
    if (names.length === 0) return setOwn(node, key(draw), value(draw));
    const name = oneOf(draw, names);
    const below = node[name];
    const isInner = below !== null && typeof below === 'object' && !('rawJSON' in below);
    if (isInner && !onceIn(draw, 4)) {
      node = below;
      continue;
    }
    return damage(draw, { node, name });
  }
};

const damage = (draw: Draw, { node, name }: { node: any; name: string }): void => {
  const how = oneOf(draw, ['value', 'value', 'text', 'number', 'gone', 'more', 'twice'] as const);
  if (how === 'value') setOwn(node, name, value(draw));
  else if (how === 'text') setOwn(node, name, text(draw));
  else if (how === 'number') setOwn(node, name, number(draw));
  else if (how === 'gone' && Array.isArray(node)) node.splice(Number(name), 1);
  else if (how === 'gone') delete node[name];
  else if (Array.isArray(node)) node.push(how === 'twice' ? structuredCloneOf(node[0]) : value(draw));
  else setOwn(node, key(draw), value(draw));
};

/** structuredClone knows no raw numbers. */
const structuredCloneOf = (of: unknown): unknown => JSON.parse(JSON.stringify(of ?? null)) as unknown;

/** Sizes that are near a limit: of a label, of annotations, of an inline body, of an event, of a body. */
const SIZES = [62, 63, 64, 1_000, 16_300, 16_500, 48_000, 49_500, 65_000, 66_000];

/** Much of what is allowed: long values, many labels, many keys. */
export const enlarge = (draw: Draw, manifest: Manifest): void => {
  const size = oneOf(draw, SIZES);
  const metadata = (manifest['metadata'] ??= {}) as Manifest;
  const how = oneOf(draw, ['labels', 'annotations', 'data', 'finalizers'] as const);
  if (how === 'annotations') metadata['annotations'] = { big: 'x'.repeat(size * 4) };
  else if (how === 'finalizers') metadata['finalizers'] = manyOf(size, (index) => `example.com/f${index}`);
  else if (how === 'labels') {
    metadata['labels'] = Object.fromEntries(manyOf(size, (index) => [`l${index}`, 'v'.repeat(40)]));
  } else manifest['data'] = { big: 'é'.repeat(size) };
};

const manyOf = <T>(size: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.ceil(size / 50) }, (_, index) => make(index));
