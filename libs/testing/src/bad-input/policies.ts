import { MAKERS, type Manifest, mutate } from './manifests.ts';
import { type Draw, key, number, oneOf, onceIn, setOwn, text, value } from './nasty.ts';

const API_VERSION = 'skerry.dev/v1alpha1';
const KINDS = ['ConfigMap', 'Deployment', 'Secret', 'Service', '*'];

const selects = (draw: Draw, namespace: string | undefined): object[] => {
  const kind = oneOf(draw, KINDS);
  const apiVersion = onceIn(draw, 2) ? '*' : kind === 'Deployment' ? 'apps/v1' : 'v1';
  const labels = onceIn(draw, 3) ? { labels: { [oneOf(draw, ['app', 'constructor', 'toString'])]: 'a' } } : {};
  return [{ apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), ...labels }];
};

const clusters = (draw: Draw): object => {
  const operator = oneOf(draw, ['In', 'NotIn', 'Exists', 'DoesNotExist']);
  const matchExpressions = [{ key: oneOf(draw, ['tier', 'constructor', 'toString']), operator, values: ['a'] }];
  return oneOf(draw, [{}, { names: ['a'] }, { exclude: ['b'] }, { labels: { matchExpressions } }, { regions: [] }]);
};

/** Mostly what is right, so that what is odd beside it gets through. */
const mostly = <T>(draw: Draw, right: readonly T[], odd: () => T): T => (onceIn(draw, 8) ? odd() : oneOf(draw, right));

const placement = (draw: Draw, namespace: string | undefined): object => ({
  selects: selects(draw, namespace),
  priority: mostly<unknown>(draw, [0, 1, -1, 2 ** 31], () => number(draw)),
  clusters: clusters(draw),
  tolerations: [{ key: text(draw), operator: mostly(draw, ['Exists', 'Equal', ''], () => 'equal'), value: text(draw) }],
  division: {
    strategy: mostly(draw, ['Weighted', 'Duplicated'], () => text(draw)),
    weights: [{ clusters: clusters(draw), weight: mostly<unknown>(draw, [0, 1, 3, 1e6], () => number(draw)) }],
    perCluster: [{ clusters: clusters(draw), min: mostly<unknown>(draw, [0, 1, 2], () => number(draw)), max: 5 }],
  },
  movement: {
    soak: mostly(draw, ['25s', '21s', '1h', '168h'], () =>
      oneOf(draw, ['20s', `${'9'.repeat(30)}h`, '-1s', text(draw)]),
    ),
  },
});

const pointer = (draw: Draw): string =>
  oneOf(draw, [
    '/spec/replicas',
    '/spec/template/spec/containers/0/image',
    '/spec/template/spec/containers/',
    '/spec/template/spec/containers/01',
    '/spec/template/spec/containers/1e0',
    '/spec/template/spec/containers/-',
    '/spec/template/spec/containers/-1',
    '/metadata/labels',
    '/metadata/labels/app',
    '/metadata/annotations/__proto__',
    '/metadata/annotations/constructor',
    '/metadata/name',
    '/data/a',
    '/data',
    '/data/x~1y',
    '/data/x~2y',
    '/data/~',
    '/',
    '',
    '//',
    'data/a',
    `/${key(draw)}`,
    `/data/${text(draw)}`,
  ]);

const operation = (draw: Draw): object => {
  const patch = {
    op: mostly(draw, ['add', 'replace', 'remove'], () => oneOf(draw, ['test', 'move', ''])),
    path: pointer(draw),
    value: value(draw),
  };
  const map: Record<string, unknown> = {};
  setOwn(map, key(draw), text(draw));
  return oneOf<object>(draw, [
    { jsonPatch: [patch] },
    { jsonPatch: [{ op: 'add', path: '/data/deep', value: value(draw, 3) }, patch] },
    { labels: { set: map, remove: [text(draw)] } },
    { annotations: { set: map, remove: [text(draw)] } },
    { env: { container: text(draw), set: map } },
    { image: { registry: text(draw), repository: text(draw), tag: text(draw) } },
    { image: { tag: '2' }, env: {} },
    {},
    { command: ['a'] },
  ]);
};

const override = (draw: Draw, namespace: string | undefined): object => ({
  selects: selects(draw, namespace),
  rules: [{ clusters: clusters(draw), operations: [operation(draw), operation(draw)] }],
});

const clusterSpec = (draw: Draw): object => ({
  region: text(draw),
  zone: text(draw),
  labels: { [oneOf(draw, ['tier', 'constructor'])]: text(draw) },
  taints: [{ key: text(draw), value: text(draw), effect: oneOf(draw, ['NoSchedule', 'NoExecute', 'noschedule']) }],
  access: oneOf<object>(draw, [{}, { mode: 'Pull' }, { mode: 'Push', secretRef: { namespace: 'a', name: 'b' } }]),
  confirmations: [{ what: 'restore', at: text(draw) }],
});

/** One of Skerry's own kinds, mostly with something odd in it, and what it is meant as. A cluster-wide one selects in `namespace` only. */
export const policy = (
  draw: Draw,
  { name, namespace }: { name: string; namespace: string },
): { readonly as: Manifest; readonly made: Manifest } => {
  const kind = oneOf(draw, [
    'PlacementPolicy',
    'OverridePolicy',
    'ClusterPlacementPolicy',
    'ClusterOverridePolicy',
    'Cluster',
  ]);
  const isOfCluster = kind.startsWith('Cluster');
  const spec =
    kind === 'Cluster'
      ? clusterSpec(draw)
      : (kind.endsWith('OverridePolicy') ? override : placement)(draw, isOfCluster ? namespace : undefined);
  const metadata = { name, ...(isOfCluster ? {} : { namespace }) };
  const as = { apiVersion: API_VERSION, kind, metadata };
  const made: Manifest = { ...as, metadata: { ...metadata }, spec };
  if (onceIn(draw, 4)) mutate(draw, made);
  if (isOfCluster) confine(made, namespace);
  return { as, made };
};

/** What is for all is an administrator's: a tenant's poison is what is looked at here. */
const confine = ({ spec }: Manifest, namespace: string): void => {
  if (!Array.isArray(spec?.selects)) return;
  for (const selector of spec.selects) {
    if (selector !== null && typeof selector === 'object' && !('rawJSON' in selector)) selector.namespace = namespace;
  }
};

/** An object of a definition that is there. */
export const customObject = (draw: Draw, { name, namespace }: { name: string; namespace: string }): Manifest => {
  const spec: Record<string, unknown> = {
    size: onceIn(draw, 2) ? 1 : number(draw),
    code: onceIn(draw, 2) ? 'a' : text(draw),
  };
  if (onceIn(draw, 3)) setOwn(spec, key(draw), value(draw));
  return { apiVersion: 'sea.example/v1', kind: 'Boat', metadata: { name, namespace }, spec };
};

/** The definition that `customObject` is of. */
export const boats = (): Manifest => {
  const made = MAKERS['CustomResourceDefinition']!('boat', '');
  made['metadata'].name = 'boats.sea.example';
  Object.assign(made['spec'], { group: 'sea.example' });
  made['spec'].names = { kind: 'Boat', plural: 'boats', singular: 'boat', listKind: 'BoatList' };
  return made;
};
