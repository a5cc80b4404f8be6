/** Objects that say everything Kubernetes would fill in, so that defaults make no difference. */
type Json = Record<string, unknown>;

/** Without data rather than with empty data: Kubernetes' types do not tell the two apart. */
export function configMap(name: string, data: Json = { a: '1' }, metadata: Json = {}): Json {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } };
  return Object.keys(data).length === 0 ? object : { ...object, data };
}

export function container(name: string, more: Json = {}): Json {
  return {
    name,
    image: 'registry.example/app:1',
    imagePullPolicy: 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...more,
  };
}

export function podSpec(containers: Json[], more: Json = {}): Json {
  return {
    containers,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...more,
  };
}

interface DeploymentParts {
  readonly containers?: Json[];
  readonly metadata?: Json;
  readonly spec?: Json;
  readonly pod?: Json;
}

export function deployment(name: string, parts: DeploymentParts = {}): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...parts.metadata },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: podSpec(parts.containers ?? [container('main')], parts.pod),
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...parts.spec,
    },
  };
}

export function service(name: string, ports: Json[], spec: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      selector: { app: name },
      ports,
      ...spec,
    },
  };
}

export function port(number: number, name: string, protocol = 'TCP'): Json {
  return { name, port: number, protocol, targetPort: number };
}

export function gadget(name: string, spec: Json, metadata: Json = {}): Json {
  return { apiVersion: 'parity.skerry.dev/v1', kind: 'Gadget', metadata: { name, ...metadata }, spec };
}

const text = { type: 'string' };

/** A custom kind with every way of merging. */
export const gadgetDefinition: Json = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.parity.skerry.dev' },
  spec: {
    group: 'parity.skerry.dev',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList', shortNames: ['gd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 10 },
                  replicas: { type: 'integer' },
                  mode: { type: 'string', enum: ['fast', 'slow'], default: 'fast' },
                  code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
                  port: { 'x-kubernetes-int-or-string': true },
                  tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
                  steps: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
                  plain: { type: 'array', items: text },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: text, color: text, weight: { type: 'integer' } },
                    },
                  },
                  limits: { type: 'object', additionalProperties: text },
                  whole: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: text } },
            },
          },
        },
      },
    ],
  },
};
