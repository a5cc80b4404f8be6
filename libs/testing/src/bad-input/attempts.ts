import fc from 'fast-check';
import { enlarge, MAKERS, type Manifest, mutate, PLURALS } from './manifests.ts';
import { type Draw, oneOf, onceIn } from './nasty.ts';
import { boats, customObject, policy } from './policies.ts';
import { METHODS, question } from './questions.ts';
import { rawBody, rawPatch } from './raw-bodies.ts';

/** One request at the hub that may be wrong in any way. */
export interface Attempt {
  readonly index: number;
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The sent text is one whole object: when it is taken, this is what has to be stored. */
  readonly isObject: boolean;
  /** Path of the collection, where it is one. */
  readonly collection?: string;
}

/** Where ordinary objects are written. One plain policy places them all, so that what members hold is what was written. */
export const POISON = 'poison';
/** Where policies are written; `subjects` are what they are about. */
export const RULES = 'rules';

/** What the attempts need, in this order: namespaces, a definition, what is patched, what policies are about. */
export const firstObjects = (): Manifest[] => [
  MAKERS['Namespace']!(POISON, ''),
  MAKERS['Namespace']!(RULES, ''),
  definitionsEverywhere(),
  boats(),
  everywhere(POISON),
  everywhere(RULES),
  MAKERS['ConfigMap']!('there', POISON),
  MAKERS['Deployment']!('there', POISON),
  ...['ConfigMap', 'Deployment', 'Secret', 'Service'].map((kind) => MAKERS[kind]!('subject', RULES)),
];

const everywhere = (namespace: string): Manifest => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace },
  spec: { selects: [{ apiVersion: '*', kind: '*' }] },
});

/** A name that is no text is asked for by the one that was meant. */
const segment = (name: unknown, meant: unknown): string =>
  encodeURIComponent((typeof name === 'string' ? name : String(meant)).toWellFormed());

/** Path of the collection that such an object belongs to. */
export const collectionOf = ({ apiVersion, kind, metadata }: Manifest): string => {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${prefix}${namespace}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`;
};

const write = (
  draw: Draw,
  { index, what, made, as }: { index: number; what: string; made: Manifest; as: Manifest },
): Attempt => {
  const collection = collectionOf(as);
  const body = JSON.stringify(made);
  const dryRun = as['kind'] === 'Cluster' ? '&dryRun=All' : '';
  const strict = as['apiVersion'].includes('.dev/') || as['kind'] === 'Boat' ? '&fieldValidation=Strict' : '';
  const name = made['metadata']?.name;
  const apply = onceIn(draw, 2);
  const path = apply
    ? `${collection}/${segment(name, as['metadata'].name)}?fieldManager=poison&force=true`
    : `${collection}?fieldManager=poison`;
  const headers = { 'content-type': apply ? 'application/apply-patch+yaml' : 'application/json' };
  const method = apply ? 'PATCH' : 'POST';
  return { index, what, method, path: `${path}${dryRun}${strict}`, headers, body, isObject: dryRun === '', collection };
};

const definitionsEverywhere = (): Manifest => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'ClusterPlacementPolicy',
  metadata: { name: 'boats' },
  spec: { selects: [{ apiVersion: '*', kind: 'CustomResourceDefinition', name: 'boats.sea.example' }] },
});

type Make = (draw: Draw, index: number) => Attempt;

const manifest: Make = (draw, index) => {
  const kind = oneOf(draw, Object.keys(MAKERS));
  const as = MAKERS[kind]!(`o${index}`, POISON);
  const made = MAKERS[kind]!(`o${index}`, POISON);
  if (onceIn(draw, 12)) enlarge(draw, made);
  else for (let left = draw(fc.nat, { max: 3 }); left > 0; left--) mutate(draw, made);
  return write(draw, { index, what: `a ${kind}`, made, as });
};

const ownKind: Make = (draw, index) => {
  const { as, made } = policy(draw, { name: `o${index}`, namespace: RULES });
  return write(draw, { index, what: `a ${as['kind']}`, made, as });
};

const custom: Make = (draw, index) => {
  const at = { name: `o${index}`, namespace: POISON };
  const made = customObject(draw, at);
  return write(draw, { index, what: 'a custom object', made, as: { ...made, metadata: at } });
};

const bytes: Make = (draw, index) => {
  const { contentType, body } = rawBody(draw, `o${index}`);
  const method = oneOf(draw, ['POST', 'PUT', 'PATCH', 'DELETE']);
  const path = `/api/v1/namespaces/${POISON}/configmaps${method === 'POST' ? '' : `/o${index}`}?fieldManager=poison`;
  return { index, what: 'bytes', method, path, headers: { 'content-type': contentType }, body, isObject: false };
};

const patch: Make = (draw, index) => {
  const { contentType, body } = rawPatch(draw);
  const path = `/api/v1/namespaces/${POISON}/configmaps/there`;
  return {
    index,
    what: 'a patch',
    method: 'PATCH',
    path,
    headers: { 'content-type': contentType },
    body,
    isObject: false,
  };
};

const ask: Make = (draw, index) => {
  const { path, query, headers } = question(draw);
  const method = oneOf(draw, METHODS);
  const target = `${path}${query === '' ? '' : `?${query}`}`;
  const isSafe = method === 'GET' || method === 'HEAD' || path.includes('there') === false;
  return {
    index,
    what: 'a question',
    method: isSafe && !isSweeping(method, path) ? method : 'GET',
    path: target,
    headers,
    isObject: false,
  };
};

/** A deletion of a whole collection or of the namespace is no bad input. */
const isSweeping = (method: string, path: string): boolean =>
  method === 'DELETE' || (method === 'PATCH' && path.includes('there'));

const KINDS: readonly (readonly [weight: number, make: Make])[] = [
  [8, manifest],
  [4, ownKind],
  [2, custom],
  [3, bytes],
  [2, patch],
  [3, ask],
];

const attemptAt = (draw: Draw, index: number): Attempt => {
  let at = draw(fc.nat, { max: KINDS.reduce((sum, [weight]) => sum + weight, 0) - 1 });
  for (const [weight, make] of KINDS) {
    if (at < weight) return make(draw, index);
    at -= weight;
  }
  throw new Error('the weights are counted wrong');
};

/** The same attempts for the same seed; one of them alone is the same as among the others. */
export const attemptOf = (seed: number, index: number): Attempt =>
  fc.sample(
    fc.gen().map((draw) => attemptAt(draw, index)),
    { seed: seed + index, numRuns: 1 },
  )[0]!;
