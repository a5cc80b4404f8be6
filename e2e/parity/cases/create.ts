import { configMap, container, deployment, gadget, port, service } from '../objects.ts';
import { configMaps, deployments, gadgets, post, type Scenario, services } from '../step.ts';

const create: Scenario = {
  name: 'create',
  category: 'create',
  steps: [
    post('a config map', configMaps, configMap('one')),
    post('a config map with labels, annotations and a finalizer', configMaps, {
      ...configMap('two', { a: '1', b: '2' }),
      metadata: { name: 'two', labels: { app: 'x' }, annotations: { note: 'n' }, finalizers: ['parity.dev/x'] },
    }),
    post('a config map that is there already', configMaps, configMap('one')),
    post('a deployment', deployments, deployment('web')),
    post(
      'a deployment with ports, environment and command',
      deployments,
      deployment('full', {
        containers: [
          container('main', {
            command: ['run', 'it'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            ports: [
              { name: 'http', containerPort: 80, protocol: 'TCP' },
              { containerPort: 90, protocol: 'UDP' },
            ],
            resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
          }),
          container('side', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
        ],
        pod: { volumes: [{ name: 'v', emptyDir: {} }], nodeSelector: { disk: 'ssd' } },
      }),
    ),
    post('a service', services, service('web', [port(80, 'http'), port(53, 'dns', 'UDP')])),
    post(
      'a custom resource',
      gadgets,
      gadget('first', { size: 3, tags: ['a', 'b'], parts: [{ name: 'p', weight: 1 }] }),
    ),
    post('a custom resource that gets a default', gadgets, gadget('second', { size: 1 })),
    post('into a namespace that is not there', '/api/v1/namespaces/nowhere/configmaps', configMap('one')),
    post('into another namespace than the path', configMaps, configMap('x', {}, { namespace: 'other' })),
    post('with a status, which is dropped', deployments, { ...deployment('stat'), status: { replicas: 7 } }),
    post('with server-set metadata, which is replaced', configMaps, configMap('meta', { a: '1' }, { generation: 7 })),
    { ...post('read back', deployments, undefined), method: 'GET', path: `${deployments}/full`, category: 'read' },
    {
      ...post('read what is not there', deployments, undefined),
      method: 'GET',
      path: `${deployments}/none`,
      category: 'read',
    },
  ],
};

const validation: Scenario = {
  name: 'validation',
  category: 'validation',
  steps: [
    post('a name with capitals', configMaps, configMap('Bad_Name')),
    post('no name', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    post('a label key with a space', configMaps, configMap('l1', {}, { labels: { 'a b': 'c' } })),
    post('a label value with a space', configMaps, configMap('l2', {}, { labels: { a: 'c d' } })),
    post('an annotation key with a space', configMaps, configMap('l3', {}, { annotations: { 'a b': 'c' } })),
    post('a finalizer without a domain', configMaps, configMap('l4', {}, { finalizers: ['nope'] })),
    post('a number where a text belongs', configMaps, configMap('l5', { a: 1 })),
    post('a text where a number belongs', deployments, deployment('l6', { spec: { replicas: 'x' } })),
    post('negative replicas', deployments, deployment('l7', { spec: { replicas: -1 } })),
    post('no containers', deployments, deployment('l8', { containers: [] })),
    {
      ...post('an unknown field, strictly', configMaps, { ...configMap('l9'), foo: 1 }),
      query: 'fieldValidation=Strict',
    },
    {
      ...post('an unknown field, with a warning', configMaps, { ...configMap('l10'), foo: 1 }),
      query: 'fieldValidation=Warn',
    },
    {
      ...post('an unknown field, ignored', configMaps, { ...configMap('l11'), foo: 1 }),
      query: 'fieldValidation=Ignore',
    },
    {
      ...post(
        'a field twice, strictly',
        configMaps,
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"l12"},"data":{"a":"1","a":"2"}}',
      ),
      query: 'fieldValidation=Strict',
    },
    {
      ...post(
        'a field twice, with a warning',
        configMaps,
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"l13"},"data":{"a":"1","a":"2"}}',
      ),
      query: 'fieldValidation=Warn',
    },
    post('a custom resource without its required field', gadgets, gadget('g1', {})),
    post('a custom resource with a number too small', gadgets, gadget('g2', { size: 0 })),
    post('a custom resource with a number too large', gadgets, gadget('g3', { size: 11 })),
    post('a custom resource with a value not in the enumeration', gadgets, gadget('g4', { size: 1, mode: 'odd' })),
    post('a custom resource with a text that does not match', gadgets, gadget('g5', { size: 1, code: 'A1' })),
    post('a custom resource with a wrong type', gadgets, gadget('g6', { size: 'x' })),
    post('a custom resource with an unknown field', gadgets, gadget('g7', { size: 1, other: true })),
    {
      ...post('a custom resource with an unknown field, strictly', gadgets, gadget('g8', { size: 1, other: true })),
      query: 'fieldValidation=Strict',
    },
    post('a custom resource with free fields', gadgets, gadget('g9', { size: 1, free: { any: [1, { x: null }] } })),
    post(
      'a custom resource with an item twice',
      gadgets,
      gadget('g10', { size: 1, parts: [{ name: 'a' }, { name: 'a' }] }),
    ),
    post('a custom resource with an int-or-string', gadgets, gadget('g11', { size: 1, port: 'http' })),
  ],
};

export const createScenarios: readonly Scenario[] = [create, validation];
