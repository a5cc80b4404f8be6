import { configMap, deployment, gadget } from '../objects.ts';
import {
  configMaps,
  deployments,
  gadgets,
  jsonPatchType,
  type Kept,
  mergeType,
  post,
  prepare,
  type Scenario,
  type Step,
} from '../step.ts';

function put(title: string, path: string, body: (kept: Kept) => unknown): Step {
  return { title, method: 'PUT', path, body };
}

function merge(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path, type: mergeType, body };
}

function json(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path, type: jsonPatchType, body };
}

const one = `${configMaps}/one`;
const web = `${deployments}/web`;
const first = `${gadgets}/first`;
const versionOf = (kept: Kept, name: string): { resourceVersion: string } => ({
  resourceVersion: kept[name].metadata.resourceVersion,
});

const conflicts: Scenario = {
  name: 'update conflict',
  category: 'update conflict',
  steps: [
    { ...prepare(post('one', configMaps, configMap('one'))), keep: 'one' },
    { ...prepare(post('web', deployments, deployment('web'))), keep: 'web' },
    { ...prepare(post('first', gadgets, gadget('first', { size: 1 }))), keep: 'gadget' },
    put('with the present version', one, (kept) => configMap('one', { a: '2' }, versionOf(kept, 'one'))),
    put('with an old version', one, (kept) => configMap('one', { a: '3' }, versionOf(kept, 'one'))),
    put('with the version 1', one, () => configMap('one', { a: '3' }, { resourceVersion: '1' })),
    put('without a version', one, () => configMap('one', { a: '4' })),
    put('with another uid', one, () => configMap('one', { a: '5' }, { uid: '00000000-0000-4000-8000-000000000000' })),
    put('with another name than the path', one, () => configMap('two')),
    put('of what is not there', `${configMaps}/none`, () => configMap('none')),
    put('of a deployment', web, (kept) =>
      deployment('web', { spec: { replicas: 5 }, metadata: versionOf(kept, 'web') }),
    ),
    put('of a deployment with an old version', web, (kept) =>
      deployment('web', { spec: { replicas: 6 }, metadata: versionOf(kept, 'web') }),
    ),
    put('of a custom resource', first, (kept) => gadget('first', { size: 2 }, versionOf(kept, 'gadget'))),
    put('of a custom resource with an old version', first, (kept) =>
      gadget('first', { size: 3 }, versionOf(kept, 'gadget')),
    ),
    put('of a custom resource without a version', first, () => gadget('first', { size: 3 })),
    merge('merge patch with an old version', one, { metadata: { resourceVersion: '1' }, data: { a: '9' } }),
    json('JSON patch whose test fails', one, [{ op: 'test', path: '/data/a', value: 'other' }]),
    put('that changes nothing', one, () => configMap('one', { a: '4' })),
    put('of a selector, which is immutable', web, () =>
      deployment('web', { spec: { selector: { matchLabels: { app: 'other' } } } }),
    ),
  ],
};

const patches: Scenario = {
  name: 'patch',
  category: 'patch',
  steps: [
    prepare(post('one', configMaps, configMap('one', { a: '1', b: '2' }, { labels: { app: 'x' } }))),
    prepare(post('web', deployments, deployment('web'))),
    merge('merge patch adds, changes and removes', one, { data: { a: '9', b: null, c: '3' } }),
    merge('merge patch of labels', one, { metadata: { labels: { tier: 'y' } } }),
    merge('merge patch of replicas', web, { spec: { replicas: 7 } }),
    merge('merge patch replaces a list', web, {
      spec: { template: { spec: { tolerations: [{ key: 'k', operator: 'Exists' }] } } },
    }),
    json('JSON patch adds, replaces and removes', one, [
      { op: 'add', path: '/data/d', value: '4' },
      { op: 'replace', path: '/data/a', value: '5' },
      { op: 'remove', path: '/data/c' },
    ]),
    json('JSON patch moves and copies', one, [
      { op: 'move', from: '/data/d', path: '/data/e' },
      { op: 'copy', from: '/data/e', path: '/data/f' },
    ]),
    json('JSON patch of a list item', web, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/app:2' },
    ]),
    json('JSON patch of what is not there', one, [{ op: 'remove', path: '/data/zz' }]),
    merge('merge patch with a wrong type', one, { data: { a: 1 } }),
    merge('merge patch of a name', one, { metadata: { name: 'other' } }),
    merge('merge patch of what is not there', `${configMaps}/none`, { data: {} }),
    { ...merge('merge patch with an unknown field', one, { foo: 1 }), query: 'fieldValidation=Warn' },
    { ...merge('merge patch with force', one, {}), query: 'force=true' },
    { ...merge('merge patch by a named manager', one, { data: { m: '1' } }), query: 'fieldManager=named' },
    merge('merge patch that changes nothing', one, { data: { m: '1' } }),
  ],
};

const subresources: Scenario = {
  name: 'subresources',
  category: 'subresource',
  steps: [
    prepare(post('web', deployments, deployment('web'))),
    prepare(post('first', gadgets, gadget('first', { size: 1, replicas: 3 }))),
    { title: 'read a scale', method: 'GET', path: `${web}/scale` },
    merge('patch a scale', `${web}/scale`, { spec: { replicas: 4 } }),
    { title: 'the deployment after it', method: 'GET', path: web },
    { title: 'read a custom scale', method: 'GET', path: `${first}/scale` },
    merge('patch a custom scale', `${first}/scale`, { spec: { replicas: 5 } }),
    { title: 'the custom resource after it', method: 'GET', path: first },
    merge('patch a status', `${web}/status`, { status: { replicas: 4, observedGeneration: 2 } }),
    merge('the status through the main door is passed over', web, { status: { replicas: 9 } }),
    merge('the spec through the status is passed over', `${web}/status`, { spec: { replicas: 9 } }),
    merge('patch a custom status', `${first}/status`, { status: { phase: 'Ready' } }),
    merge('a negative scale', `${web}/scale`, { spec: { replicas: -1 } }),
    { title: 'a subresource that is not there', method: 'GET', path: `${configMaps}/one/scale` },
  ],
};

const dryRun: Scenario = {
  name: 'dry run',
  category: 'dry run',
  steps: [
    prepare(post('one', configMaps, configMap('one'))),
    { ...merge('a patch', one, { data: { a: '2' } }), query: 'dryRun=All' },
    { title: 'which left no trace', method: 'GET', path: one },
    { title: 'a delete', method: 'DELETE', path: one, query: 'dryRun=All' },
    { title: 'which left no trace either', method: 'GET', path: one },
    { ...post('a create', configMaps, configMap('two')), query: 'dryRun=All' },
    { title: 'which created nothing', method: 'GET', path: `${configMaps}/two` },
  ],
};

export const updateScenarios: readonly Scenario[] = [conflicts, patches, subresources, dryRun];
