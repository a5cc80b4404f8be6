import { configMap, deployment, gadget } from '../objects.ts';
import {
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

const labels: Readonly<Record<string, Record<string, string>>> = {
  a: { app: 'web', tier: 'front' },
  b: { app: 'web', tier: 'back', rank: '5' },
  c: { app: 'db', tier: 'back' },
  d: {},
  e: { app: 'web', rank: '10' },
};

const fill: readonly Step[] = Object.entries(labels).map(([name, own]) =>
  prepare({
    ...post(name, configMaps, configMap(name, { a: '1' }, Object.keys(own).length === 0 ? {} : { labels: own })),
    keep: name,
  }),
);

function list(title: string, query: Step['query'], path = configMaps): Step {
  return { title, method: 'GET', path, query };
}

const mine = 'fieldSelector=metadata.name!=kube-root-ca.crt';
const selector = (text: string): string => `labelSelector=${encodeURIComponent(text)}`;

const selectors: Scenario = {
  name: 'lists with selectors',
  category: 'selector list',
  steps: [
    ...fill,
    list('equal', selector('app=web')),
    list('double equal', selector('app==web')),
    list('unequal', selector('app!=web')),
    list('in', selector('tier in (front,back)')),
    list('not in', selector('tier notin (front)')),
    list('exists', selector('app')),
    list('does not exist', selector('!app')),
    list('several', selector('app=web,tier')),
    list('greater', selector('rank>6')),
    list('less', selector('rank<6')),
    list('by name', 'fieldSelector=metadata.name=b'),
    list('not by name', 'fieldSelector=metadata.name!=b'),
    list('by namespace', 'fieldSelector=metadata.namespace={ns}'),
    list('by both', `fieldSelector=metadata.name=c&${selector('app=db')}`),
    list('nothing found', selector('app=none')),
    list('half a field selector', 'fieldSelector=zz'),
    list('everything', mine),
    { ...list('by a field of the status', 'fieldSelector=status.phase=Running', '/api/v1/namespaces/{ns}/pods') },
  ],
};

const paging: Scenario = {
  name: 'lists in pages',
  category: 'continue',
  steps: [
    ...fill,
    { ...list('the first page', 'limit=2'), keep: 'p1' },
    { ...list('the second page', (kept) => `limit=2&continue=${kept.p1.metadata.continue}`), keep: 'p2' },
    list('the last page', (kept) => `limit=2&continue=${kept.p2.metadata.continue}`),
    { ...list('a first page of one', 'limit=1'), keep: 'q1' },
    prepare({ title: 'a change between pages', method: 'DELETE', path: `${configMaps}/b` }),
    prepare(post('an addition between pages', configMaps, configMap('bb'))),
    list('the next page does not see the change', (kept) => `limit=9&continue=${kept.q1.metadata.continue}`),
    list('a new list does', 'limit=9'),
    list('a limit larger than the list', 'limit=500'),
    { ...list('pages with a selector', `limit=1&${selector('app')}`), keep: 's1' },
    list('the rest with the selector', (kept) => `limit=9&${selector('app')}&continue=${kept.s1.metadata.continue}`),
    list(
      'at an exact version',
      (kept) => `resourceVersion=${kept.e.metadata.resourceVersion}&resourceVersionMatch=Exact`,
    ),
    list(
      'not older than',
      (kept) => `resourceVersion=${kept.e.metadata.resourceVersion}&resourceVersionMatch=NotOlderThan`,
    ),
    list('at any version', 'resourceVersion=0'),
    list('a match without a version', 'resourceVersionMatch=Exact'),
    list('exactly any', 'resourceVersion=0&resourceVersionMatch=Exact'),
    list('an unknown match', 'resourceVersion=5&resourceVersionMatch=Odd'),
    list('a version that is too old', 'resourceVersion=1&resourceVersionMatch=Exact'),
    list(
      'a match with a continue',
      (kept) => `limit=1&continue=${kept.p1.metadata.continue}&resourceVersionMatch=Exact&resourceVersion=1`,
    ),
  ],
};

function watch(title: string, events: number, query: (kept: Kept) => string): Step {
  return {
    title,
    method: 'GET',
    path: configMaps,
    events,
    query: (kept) => `watch=true&timeoutSeconds=5&${query(kept)}`,
  };
}

const from = (kept: Kept, name: string): string => `resourceVersion=${kept[name].metadata.resourceVersion}`;
const patch = (name: string, body: unknown, keep?: string): Step =>
  prepare({ title: name, method: 'PATCH', path: `${configMaps}/${name}`, type: mergeType, body, keep });

const watches: Scenario = {
  name: 'watches after a cut',
  category: 'watch after a cut',
  steps: [
    { ...prepare(list('before', '')), keep: 'start' },
    ...fill,
    { ...watch('all creations', 5, (kept) => from(kept, 'start')), keep: 'w1' },
    patch('a', { data: { a: '2' } }, 'a2'),
    prepare({ title: 'b goes', method: 'DELETE', path: `${configMaps}/b` }),
    patch('c', { metadata: { labels: { app: 'web' } } }, 'c2'),
    patch('e', { metadata: { labels: { app: null } } }),
    watch('what happened since the last creation', 4, (kept) => from(kept, 'e')),
    watch('again from a later change', 2, (kept) => from(kept, 'c2').replace(/\d+$/, (v) => String(Number(v) - 1))),
    watch('with a selector that objects enter and leave', 4, (kept) => `${from(kept, 'e')}&${selector('app=web')}`),
    watch('one object by name', 1, (kept) => `${from(kept, 'e')}&fieldSelector=metadata.name=a`),
    watch('from the middle of the creations', 3, (kept) => `${from(kept, 'c')}&${selector('app')}`),
    watch('from now, with what is there', 4, () => 'fieldSelector=metadata.name!=kube-root-ca.crt'),
    watch('from any version', 4, () => 'resourceVersion=0'),
    {
      ...watch(
        'as a stream of the list',
        4,
        () => 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      ),
    },
    watch('initial events without a match', 0, () => 'sendInitialEvents=true'),
    watch('a match without initial events', 0, (kept) => `${from(kept, 'e')}&resourceVersionMatch=NotOlderThan`),
    {
      ...watch('another kind sees nothing of it', 1, (kept) => from(kept, 'start')),
      path: `${configMaps.replace('configmaps', 'secrets')}`,
      query: (kept: Kept) => `watch=true&timeoutSeconds=1&${from(kept, 'start')}`,
    },
  ],
};

const tables: Scenario = {
  name: 'tables and metadata',
  category: 'table',
  steps: [
    prepare(post('first', gadgets, gadget('first', { size: 3 }))),
    prepare(post('web', deployments, deployment('web'))),
    ...fill.slice(0, 2),
    {
      ...list('custom columns', '', gadgets),
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    },
    {
      ...list('metadata only', mine),
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
    },
    {
      ...list('metadata of one', '', `${deployments}/web`),
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
    },
  ],
};

export const readScenarios: readonly Scenario[] = [selectors, paging, watches, tables];
