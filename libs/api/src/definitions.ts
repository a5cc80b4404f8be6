import { atomicListOf, defineKind, flag, listOf, mapOf, notServed, objectOf, text, wholeNumber } from './definition.ts';
import type { KubeObject } from './object.ts';
import { clusterSelectorSchema, objectSelectorsSchema } from './selector-schemas.ts';

const taints = atomicListOf(objectOf({ key: text, value: text, effect: text }, ['key', 'effect']));

const clusterSpec = objectOf({
  region: text,
  zone: text,
  provider: text,
  labels: mapOf(text),
  taints,
  access: objectOf({ mode: text, secretRef: objectOf({ namespace: text, name: text }) }),
  confirmations: atomicListOf(
    objectOf({ what: { type: 'string', enum: ['withdrawals', 'restore'] }, at: text, incarnation: text }, [
      'what',
      'at',
    ]),
  ),
});

const placementSpec = objectOf(
  {
    selects: objectSelectorsSchema,
    priority: { type: 'integer' },
    clusters: clusterSelectorSchema,
    tolerations: atomicListOf(
      objectOf({ key: text, operator: text, value: text, effect: text, tolerationSeconds: notServed }),
    ),
    division: objectOf({
      strategy: text,
      weights: atomicListOf(objectOf({ clusters: clusterSelectorSchema, weight: wholeNumber }, ['weight'])),
      perCluster: atomicListOf(objectOf({ clusters: clusterSelectorSchema, min: wholeNumber, max: wholeNumber })),
    }),
    movement: objectOf({ soak: text, budget: notServed, interval: notServed, rebalance: notServed }),
    adopt: flag,
    groups: notServed,
    spread: notServed,
    failover: notServed,
    dependencies: notServed,
    suspend: notServed,
  },
  ['selects'],
);

const editMap = objectOf({ set: mapOf(text), remove: listOf(text) });

const overrideSpec = objectOf(
  {
    selects: objectSelectorsSchema,
    rules: atomicListOf(
      objectOf(
        {
          clusters: clusterSelectorSchema,
          operations: atomicListOf(
            objectOf({
              image: objectOf({ container: text, registry: text, repository: text, tag: text }),
              env: objectOf({ container: text, set: mapOf(text), remove: listOf(text) }),
              labels: editMap,
              annotations: editMap,
              jsonPatch: atomicListOf(objectOf({ op: text, path: text, value: notServed }, ['op', 'path'])),
              command: notServed,
              args: notServed,
            }),
          ),
        },
        ['operations'],
      ),
    ),
  },
  ['selects', 'rules'],
);

const placementColumns = [
  { name: 'Strategy', type: 'string', jsonPath: '.spec.division.strategy' },
  { name: 'Priority', type: 'integer', jsonPath: '.spec.priority' },
];

/** All kinds of `skerry.dev`, as the gateway serves them. */
export const DEFINITIONS: readonly KubeObject[] = [
  defineKind({
    kind: 'Cluster',
    plural: 'clusters',
    namespaced: false,
    spec: clusterSpec,
    columns: [
      { name: 'State', type: 'string', jsonPath: '.status.verdict' },
      { name: 'Region', type: 'string', jsonPath: '.spec.region' },
      { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes' },
      { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
    ],
  }),
  defineKind({
    kind: 'PlacementPolicy',
    plural: 'placementpolicies',
    shortNames: ['pp'],
    namespaced: true,
    spec: placementSpec,
    columns: placementColumns,
  }),
  defineKind({
    kind: 'ClusterPlacementPolicy',
    plural: 'clusterplacementpolicies',
    shortNames: ['cpp'],
    namespaced: false,
    spec: placementSpec,
    columns: placementColumns,
  }),
  defineKind({
    kind: 'OverridePolicy',
    plural: 'overridepolicies',
    shortNames: ['op'],
    namespaced: true,
    spec: overrideSpec,
    columns: [],
  }),
  defineKind({
    kind: 'ClusterOverridePolicy',
    plural: 'clusteroverridepolicies',
    shortNames: ['cop'],
    namespaced: false,
    spec: overrideSpec,
    columns: [],
  }),
];
