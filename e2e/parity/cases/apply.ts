import { configMap, container, deployment, gadget, port, service } from '../objects.ts';
import { apply, configMaps, deployments, gadgets, mergeType, type Scenario, services, type Step } from '../step.ts';

type Json = Record<string, unknown>;

function gadgetSteps(name: string, list: readonly (readonly [string, string, Json, boolean?])[]): Step[] {
  const path = `${gadgets}/${name}`;
  return list.map(([title, manager, spec, force]) =>
    apply(title, { path, manager, body: gadget(name, { size: 1, ...spec }), force }),
  );
}

const atomic: Scenario = {
  name: 'apply: atomic lists and maps',
  category: 'apply: atomic',
  steps: [
    ...gadgetSteps('atom', [
      ['creates with an atomic list', 'me', { steps: ['a', 'b'] }],
      ['changes the atomic list', 'me', { steps: ['b', 'c', 'a'] }],
      ['the same list by another manager', 'you', { steps: ['b', 'c', 'a'] }],
      ['another list by another manager', 'you', { steps: ['x'] }],
      ['drops the list that another still owns', 'me', {}],
      ['an atomic map', 'me', { whole: { a: '1', b: '2' } }],
      ['another key of the atomic map conflicts', 'you', { steps: ['b', 'c', 'a'], whole: { c: '3' } }],
      ['an empty atomic list', 'me', { plain: [], whole: { a: '1' } }],
      ['a list without a type is atomic', 'me', { plain: ['a'], whole: {} }],
      ['a granular map', 'me', { limits: { a: '1' } }],
      ['another key of the granular map', 'you', { limits: { b: '2' } }],
      ['drops its own key only', 'me', {}],
    ]),
  ],
};

const set: Scenario = {
  name: 'apply: set lists',
  category: 'apply: set',
  steps: [
    ...gadgetSteps('set', [
      ['creates with a set', 'me', { tags: ['a', 'b'] }],
      ['another manager adds a value', 'you', { tags: ['c'] }],
      ['both own a value', 'you', { tags: ['a', 'c'] }],
      ['the first drops the shared value', 'me', { tags: ['b'] }],
      ['the second drops it too', 'you', { tags: ['c'] }],
      ['another order', 'me', { tags: ['z', 'b'] }],
      ['a value in front', 'me', { tags: ['y', 'z', 'b'] }],
      ['an empty set', 'me', { tags: [] }],
      ['a value twice', 'me', { tags: ['q', 'q'] }],
    ]),
    ...[
      ['finalizers of a config map', 'me', ['parity.dev/a']],
      ['another finalizer by another manager', 'you', ['parity.dev/b']],
      ['drops its finalizer', 'me', undefined],
    ].map(([title, manager, finalizers]) =>
      apply(title as string, {
        path: `${configMaps}/set`,
        manager: manager as string,
        body: configMap('set', {}, finalizers === undefined ? {} : { finalizers }),
      }),
    ),
  ],
};

const web = `${deployments}/web`;
const env = (...names: string[]): Json[] => names.map((name) => ({ name, value: name.toLowerCase() }));

function webApply(title: string, manager: string, containers: Json[]): Step {
  return apply(title, { path: web, manager, body: deployment('web', { containers }) });
}

/** Only some fields of the deployment, as a second manager applies them. */
function webPart(title: string, manager: string, spec: Json): Step {
  return apply(title, {
    path: web,
    manager,
    body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec },
  });
}

const map: Scenario = {
  name: 'apply: map lists',
  category: 'apply: map',
  steps: [
    webApply('creates a deployment', 'me', [container('main', { env: env('A', 'B') })]),
    webApply('the same again', 'me', [container('main', { env: env('A', 'B') })]),
    webApply('a new item in front', 'me', [container('main', { env: env('Z', 'A', 'B') })]),
    webApply('an item less', 'me', [container('main', { env: env('Z', 'B') })]),
    webPart('another manager adds an item', 'you', {
      template: { spec: { containers: [{ name: 'main', env: env('Q') }] } },
    }),
    webPart('another manager adds a container', 'you', { template: { spec: { containers: [container('side')] } } }),
    webApply('ports with two keys', 'me', [
      container('main', {
        ports: [
          { containerPort: 80, protocol: 'TCP' },
          { containerPort: 80, protocol: 'UDP' },
        ],
      }),
    ]),
    webApply('a changed order of items', 'me', [
      container('main', {
        ports: [
          { containerPort: 80, protocol: 'UDP' },
          { containerPort: 80, protocol: 'TCP' },
        ],
      }),
    ]),
    webApply('an item twice', 'me', [container('main'), container('main')]),
    webPart('an item without its key', 'you', { template: { spec: { containers: [{ image: 'x' }] } } }),
    apply('a service with ports', {
      path: `${services}/web`,
      manager: 'me',
      body: service('web', [port(80, 'http'), port(81, 'more')]),
    }),
    apply('a port less and another one', {
      path: `${services}/web`,
      manager: 'me',
      body: service('web', [port(82, 'new'), port(80, 'http')]),
    }),
    ...gadgetSteps('map', [
      [
        'custom items by key',
        'me',
        {
          parts: [
            { name: 'a', color: 'red' },
            { name: 'b', weight: 1 },
          ],
        },
      ],
      ['another field of the same item', 'you', { parts: [{ name: 'a', weight: 5 }] }],
      ['the item stays for its other owner', 'me', { parts: [{ name: 'b', weight: 2 }] }],
      ['the item goes with its last owner', 'you', {}],
      ['an empty item list', 'me', { parts: [] }],
    ]),
  ],
};

const conflictPath = `${configMaps}/conf`;
const data = (title: string, manager: string, values: Json, force?: boolean): Step =>
  apply(title, { path: conflictPath, manager, body: configMap('conf', values), force });

const conflict: Scenario = {
  name: 'apply: conflicts',
  category: 'apply: conflict',
  steps: [
    data('creates', 'me', { a: '1', b: '2', c: '3' }),
    data('the same value is no conflict', 'you', { a: '1' }),
    data('another value of a shared field', 'you', { a: '9' }),
    data('another value of a field that one owns', 'you', { b: '9' }),
    data('several fields at once', 'other', { b: '9', c: '9' }),
    {
      title: 'a merge patch takes a field over',
      method: 'PATCH',
      path: conflictPath,
      type: mergeType,
      body: { data: { a: '5' } },
    },
    data('which then conflicts with the applier', 'me', { a: '1', b: '2' }),
    data('unless the values agree', 'me', { a: '5', b: '2' }),
    {
      title: 'an update through a named manager',
      method: 'PATCH',
      path: conflictPath,
      type: mergeType,
      query: 'fieldManager=named',
      body: { data: { b: '7' }, metadata: { labels: { l: '1' } } },
    },
    data('conflicts with the new manager', 'third', { b: '0' }),
    { ...data('without a field manager', 'x', {}), query: '' },
    apply('with managedFields', {
      path: conflictPath,
      manager: 'me',
      body: configMap('conf', {}, { managedFields: [{ manager: 'x' }] }),
    }),
    apply('with another name than the path', {
      path: conflictPath,
      manager: 'me',
      body: configMap('other', { z: '1' }),
    }),
    apply('with an unknown field', { path: conflictPath, manager: 'me', body: { ...configMap('conf'), foo: 1 } }),
    // no level of validation makes a difference to it
    ...['Strict', 'Warn', 'Ignore'].map((level) => ({
      ...apply(`with an unknown field, ${level}`, {
        path: conflictPath,
        manager: 'me',
        body: { ...configMap('conf'), foo: 1 },
      }),
      query: `fieldManager=me&fieldValidation=${level}`,
    })),
    apply('with an old version', {
      path: conflictPath,
      manager: 'me',
      body: configMap('conf', { a: '5' }, { resourceVersion: '1' }),
    }),
    apply('with a uid, of what is not there', {
      path: `${configMaps}/none`,
      manager: 'me',
      body: configMap('none', {}, { uid: '00000000-0000-4000-8000-000000000000' }),
    }),
  ],
};

const force: Scenario = {
  name: 'apply: force',
  category: 'apply: force',
  steps: [
    data('creates', 'me', { a: '1', b: '2', c: '3' }),
    data('takes one field', 'you', { a: '9' }, true),
    data('is told by the first', 'me', { a: '1', b: '2', c: '3' }),
    data('taken back', 'me', { a: '1', b: '2', c: '3' }, true),
    data('takes all fields', 'you', { a: '0', b: '0', c: '0' }, true),
    {
      title: 'an update in between',
      method: 'PATCH',
      path: conflictPath,
      type: mergeType,
      body: { data: { a: '5', n: '1' } },
    },
    data('takes from an updater', 'me', { a: '6' }, true),
    data('force without a conflict', 'me', { a: '6', d: '4' }, true),
    data('force repeated', 'me', { a: '6', d: '4' }, true),
    data('force that drops a field', 'me', { a: '6' }, true),
    ...gadgetSteps('forced', [
      ['an atomic list', 'me', { steps: ['a'] }],
      ['forced over', 'you', { steps: ['b'] }, true],
      ['an item', 'me', { parts: [{ name: 'a', color: 'red' }] }],
      ['an item forced over', 'you', { parts: [{ name: 'a', color: 'blue' }] }, true],
    ]),
  ],
};

const giveUp: Scenario = {
  name: 'apply: giving up fields',
  category: 'apply: give up',
  steps: [
    data('creates', 'me', { a: '1', b: '2', c: '3' }),
    data('gives one up, which goes', 'me', { a: '1', c: '3' }),
    data('another manager shares a field', 'you', { a: '1' }),
    data('the first gives it up, which stays', 'me', { c: '3' }),
    data('the last owner gives it up', 'you', {}),
    apply('labels', {
      path: conflictPath,
      manager: 'me',
      body: configMap('conf', { c: '3' }, { labels: { x: '1', y: '2' } }),
    }),
    apply('a label less', {
      path: conflictPath,
      manager: 'me',
      body: configMap('conf', { c: '3' }, { labels: { y: '2' } }),
    }),
    apply('no labels', { path: conflictPath, manager: 'me', body: configMap('conf', { c: '3' }) }),
    webApply('a deployment', 'me', [container('main', { env: env('A', 'B') }), container('side')]),
    webApply('a container less', 'me', [container('main', { env: env('A', 'B') })]),
    webApply('an empty environment', 'me', [container('main', { env: [] })]),
    webApply('no environment', 'me', [container('main')]),
    {
      title: 'replicas given to a scaler',
      method: 'PATCH',
      path: `${web}/scale`,
      type: mergeType,
      query: 'fieldManager=scaler',
      body: { spec: { replicas: 9 } },
    },
    { title: 'who owns what now', method: 'GET', path: web },
  ],
};

/** What a syncer makes only where nothing has its name. */
const LAST_VERSION = '9223372036854775807';

const versions: Scenario = {
  name: 'apply: with a version',
  category: 'apply: version',
  steps: [
    ['a config map', `${configMaps}/made`, configMap('made', { a: '1' })],
    ['a service', `${services}/made`, service('made', [port(80, 'web')])],
    ['a deployment', `${deployments}/made`, deployment('made', { containers: [container('main')] })],
    ['a custom resource', `${gadgets}/made`, gadget('made', { size: 1 })],
  ].flatMap(([what, path, body]) => {
    const named = (title: string, resourceVersion: string): Step => {
      const { metadata } = body as { metadata: Json };
      const versioned = { ...(body as Json), metadata: { ...metadata, resourceVersion } };
      return apply(`${what as string}: ${title}`, { path: path as string, manager: 'me', body: versioned });
    };
    return [
      named('is made, whatever version is named', LAST_VERSION),
      named('is not made twice', LAST_VERSION),
      named('is there in a newer version', '1'),
      // a custom resource takes no 0 there, and nobody needs it
      ...(what === 'a custom resource' ? [] : [named('with no version in particular', '0')]),
    ];
  }),
};

export const applyScenarios: readonly Scenario[] = [atomic, set, map, conflict, force, giveUp, versions];
