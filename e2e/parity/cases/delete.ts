import { configMap, deployment, gadget } from '../objects.ts';
import {
  apply,
  configMaps,
  deployments,
  gadgets,
  type Kept,
  mergeType,
  post,
  prepare,
  type Scenario,
  type Step,
} from '../step.ts';

function remove(title: string, path: string, more: Partial<Step> = {}): Step {
  return { title, method: 'DELETE', path, ...more };
}

const wrongUid = '00000000-0000-4000-8000-000000000000';
const given = (preconditions: unknown): Partial<Step> => ({
  body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions },
});
const meta = (kept: Kept, name: string): { uid: string; resourceVersion: string } => kept[name].metadata;
const make = (name: string): Step => ({ ...prepare(post(name, configMaps, configMap(name))), keep: name });

const preconditions: Scenario = {
  name: 'delete preconditions',
  category: 'delete precondition',
  steps: [
    ...['a', 'b', 'c', 'd', 'e'].map(make),
    { ...prepare(post('web', deployments, deployment('web'))), keep: 'web' },
    { ...prepare(post('first', gadgets, gadget('first', { size: 1 }))), keep: 'gadget' },
    remove('a wrong uid', `${configMaps}/a`, given({ uid: wrongUid })),
    remove('the right uid', `${configMaps}/a`, {
      body: (kept: Kept) => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: meta(kept, 'a').uid } }),
    }),
    remove('an old version', `${configMaps}/b`, given({ resourceVersion: '1' })),
    prepare({
      title: 'a change',
      method: 'PATCH',
      path: `${configMaps}/b`,
      type: mergeType,
      body: { data: { z: '1' } },
    }),
    remove('a version that was right', `${configMaps}/b`, {
      body: (kept: Kept) => ({ preconditions: { resourceVersion: meta(kept, 'b').resourceVersion } }),
    }),
    remove('the right version', `${configMaps}/c`, {
      body: (kept: Kept) => ({ preconditions: { resourceVersion: meta(kept, 'c').resourceVersion } }),
    }),
    remove('both right', `${configMaps}/d`, {
      body: (kept: Kept) => {
        const { uid, resourceVersion } = meta(kept, 'd');
        return { preconditions: { uid, resourceVersion } };
      },
    }),
    remove('one right, one wrong', `${configMaps}/e`, {
      body: (kept: Kept) => ({ preconditions: { uid: wrongUid, resourceVersion: meta(kept, 'e').resourceVersion } }),
    }),
    remove('a deployment with a wrong uid', `${deployments}/web`, given({ uid: wrongUid })),
    remove('a custom resource with a wrong uid', `${gadgets}/first`, given({ uid: wrongUid })),
    remove('a custom resource', `${gadgets}/first`),
    remove('what is not there', `${configMaps}/none`, given({ uid: wrongUid })),
    remove('without preconditions', `${configMaps}/e`),
    remove('twice', `${configMaps}/e`),
    remove('an unknown policy', `${configMaps}/b`, { query: 'propagationPolicy=Odd' }),
    remove('a collection by label', configMaps, { query: 'labelSelector=none%3Dhere' }),
  ],
};

const one = `${configMaps}/one`;
const finalizers = (names: readonly string[] | null): Partial<Step> => ({
  method: 'PATCH',
  type: mergeType,
  body: { metadata: { finalizers: names } },
});

const finalizing: Scenario = {
  name: 'finalizers',
  category: 'finalizer',
  steps: [
    post(
      'with two finalizers',
      configMaps,
      configMap('one', { a: '1' }, { finalizers: ['parity.dev/a', 'parity.dev/b'] }),
    ),
    remove('a delete only marks it', one),
    remove('again', one),
    { title: 'it is still there', method: 'GET', path: one },
    { title: 'it can be changed', method: 'PATCH', path: one, type: mergeType, body: { data: { a: '2' } } },
    {
      title: 'no finalizer can be added',
      path: one,
      ...finalizers(['parity.dev/a', 'parity.dev/b', 'parity.dev/c']),
    } as Step,
    { title: 'one finalizer goes', path: one, ...finalizers(['parity.dev/b']) } as Step,
    { title: 'the last one goes, and the object with it', path: one, ...finalizers(null) } as Step,
    { title: 'it is gone', method: 'GET', path: one },
    prepare(post('web', deployments, deployment('web'))),
    remove('foreground leaves a finalizer', `${deployments}/web`, { query: 'propagationPolicy=Foreground' }),
    { title: 'which can be taken away', path: `${deployments}/web`, ...finalizers(null) } as Step,
    prepare(post('web', deployments, deployment('web'))),
    remove('orphan leaves a finalizer', `${deployments}/web`, { body: { propagationPolicy: 'Orphan' } }),
    remove('background afterwards takes it back', `${deployments}/web`, { query: 'propagationPolicy=Background' }),
    prepare(post('web', deployments, deployment('web'))),
    remove('background goes at once', `${deployments}/web`, { query: 'propagationPolicy=Background' }),
    apply('applied with a finalizer', {
      path: `${gadgets}/fin`,
      manager: 'me',
      body: gadget('fin', { size: 1 }, { finalizers: ['parity.dev/x'] }),
    }),
    remove('a custom resource is marked', `${gadgets}/fin`),
    apply('the applier gives its finalizer up', {
      path: `${gadgets}/fin`,
      manager: 'me',
      body: gadget('fin', { size: 1 }),
    }),
    { title: 'and it is gone', method: 'GET', path: `${gadgets}/fin` },
  ],
};

const namespaces = '/api/v1/namespaces';
const passing = `${namespaces}/passing`;
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'passing' } };

const passingNamespace: Scenario = {
  name: 'a namespace and its end',
  category: 'finalizer',
  steps: [
    post('a namespace', namespaces, namespace),
    { title: 'a label', method: 'PATCH', path: passing, type: mergeType, body: { metadata: { labels: { a: '1' } } } },
    remove('a delete makes it terminate', passing),
    remove('again', passing),
    post('nothing is created in it any more', `${passing}/configmaps`, configMap('late')),
    {
      title: 'its controller lets it go',
      method: 'PUT',
      path: `${passing}/finalize`,
      body: { ...namespace, spec: {} },
    },
    { title: 'it is gone', method: 'GET', path: passing },
    post('a secret with texts', '/api/v1/namespaces/{ns}/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      type: 'Opaque',
      data: { x: 'YQ==' },
      stringData: { a: 'bä' },
    }),
    apply('a secret with texts, applied', {
      path: '/api/v1/namespaces/{ns}/secrets/t',
      manager: 'me',
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 't' }, type: 'Opaque', stringData: { a: 'b' } },
    }),
  ],
};

export const deleteScenarios: readonly Scenario[] = [preconditions, finalizing, passingNamespace];
