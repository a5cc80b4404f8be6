import { configMap, deployment, gadget } from '../objects.ts';
import {
  apply,
  configMaps,
  deployments,
  gadgets,
  mergeType,
  post,
  prepare,
  type Scenario,
  type Step,
} from '../step.ts';

const one = `${configMaps}/one`;
const web = `${deployments}/web`;

function merge(title: string, path: string, manager: string, body: unknown): Step {
  return { title, method: 'PATCH', path, type: mergeType, query: `fieldManager=${manager}`, body };
}

const uids = ['1', '2'].map((last) => `00000000-0000-4000-8000-00000000000${last}`);
const owner = (uid: string | undefined): unknown => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid });

const ownership: Scenario = {
  name: 'who owns what',
  category: 'patch',
  steps: [
    prepare(post('one', configMaps, configMap('one', { a: '1' }, { labels: { l: '1' } }))),
    merge('managedFields taken away', one, 'x', { metadata: { managedFields: [{}] } }),
    merge('an update of an object without owners', one, 'x', { data: { b: '2' } }),
    apply('the first apply to it', { path: one, manager: 'me', body: configMap('one', { a: '1' }) }),
    apply('an owner reference', {
      path: one,
      manager: 'me',
      body: configMap('one', { a: '1' }, { ownerReferences: [owner(uids[0])] }),
    }),
    apply('another one by another manager', {
      path: one,
      manager: 'you',
      body: configMap('one', { a: '1' }, { ownerReferences: [owner(uids[1])] }),
    }),
    apply('the first goes', { path: one, manager: 'me', body: configMap('one', { a: '1' }) }),
    merge('an update removes what others own', one, 'x', { data: null }),
    prepare(post('web', deployments, deployment('web'))),
    merge('a new struct', web, 'x', { spec: { template: { spec: { affinity: { nodeAffinity: {} } } } } }),
    merge('a struct removed', web, 'y', { spec: { template: { spec: { affinity: null } } } }),
    merge('a strategy replaced', web, 'y', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }),
    merge('new labels and annotations', web, 'y', { metadata: { labels: { a: '1' }, annotations: { b: '2' } } }),
    merge('labels removed', web, 'z', { metadata: { labels: null } }),
    ...Array.from({ length: 12 }, (_, index) =>
      merge(`the updater ${index}`, one, `m${String(index).padStart(2, '0')}`, { data: { [`k${index}`]: 'v' } }),
    ),
  ],
};

const status: Scenario = {
  name: 'status applied',
  category: 'subresource',
  steps: [
    prepare(post('web', deployments, deployment('web'))),
    prepare(post('first', gadgets, gadget('first', { size: 1 }))),
    apply('a status', {
      path: `${web}/status`,
      manager: 'me',
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        status: { replicas: 1, readyReplicas: 1 },
      },
    }),
    apply('another owner of the status', {
      path: `${web}/status`,
      manager: 'you',
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, status: { replicas: 2 } },
    }),
    apply('a status less', {
      path: `${web}/status`,
      manager: 'me',
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, status: { replicas: 1 } },
    }),
    apply('a custom status', {
      path: `${gadgets}/first/status`,
      manager: 'me',
      body: {
        apiVersion: 'parity.skerry.dev/v1',
        kind: 'Gadget',
        metadata: { name: 'first' },
        status: { phase: 'Ready' },
      },
    }),
    apply('a status through the main door is not applied', {
      path: `${gadgets}/first`,
      manager: 'me',
      body: { ...gadget('first', { size: 2 }), status: { phase: 'Other' } },
    }),
    apply('the status of what is not there', {
      path: `${gadgets}/none/status`,
      manager: 'me',
      body: { apiVersion: 'parity.skerry.dev/v1', kind: 'Gadget', metadata: { name: 'none' }, status: {} },
    }),
    {
      title: 'an update of a custom status',
      method: 'PATCH',
      path: `${gadgets}/first/status`,
      type: mergeType,
      body: { status: { replicas: 4 } },
    },
    { title: 'the whole afterwards', method: 'GET', path: `${gadgets}/first` },
  ],
};

export const ownershipScenarios: readonly Scenario[] = [ownership, status];
