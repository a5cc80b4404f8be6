import type { Attempt } from './attempts.ts';

export interface Said {
  readonly status: number;
  readonly text: string;
  readonly warnings: string;
}

const parse = (text: string): any => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What is wrong with how a hub answered; undefined: taken, or refused as it has to be. */
export const faultOf = ({ method, path }: Attempt, { status, text }: Said): string | undefined => {
  const body = parse(text);
  const isTooNew = status === 504 && body?.details?.causes?.[0]?.reason === 'ResourceVersionTooLarge';
  if (status >= 500 && !isTooNew) return `answered ${status}`;
  if (status < 400 || method === 'HEAD') return undefined;
  if (path.startsWith('/skerry/v1/')) return body?.message ? undefined : 'refused without a message';
  if (body?.kind !== 'Status' || body.status !== 'Failure') return 'refused with something that is no Status';
  if (body.code !== status || !body.reason || !body.message)
    return 'refused with a Status that lacks code, reason or message';
  if (status !== 422) return undefined;
  const causes: any[] = body.details?.causes ?? [];
  if (causes.length === 0) return 'invalid, and no cause says which field';
  return causes.every(({ field, message }) => field !== undefined && message)
    ? undefined
    : 'a cause lacks its field or message';
};

/** JSON with its numbers as they were written, made equal where they are the same number; never rounded. */
export const exactly = (text: string): any =>
  JSON.parse(text, function (this: unknown, _key: string, value: unknown, context?: { source?: string }) {
    return typeof value === 'number' ? sameNumber(context!.source!) : value;
  } as never);

/** A number that a 64-bit integer or a double holds, in one spelling. */
const sameNumber = (source: string): string => {
  if (/^-?\d+$/.test(source)) return `number ${BigInt(source)}`;
  const value = Number(source);
  return Number.isInteger(value) ? `number ${BigInt(value)}` : `number ${value}`;
};

const SERVERS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
  'name',
  'namespace',
  'generateName',
];

const isEmptyMap = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value!).length === 0);

/** What of an object is its writer's: without what a server adds, and without status. */
export const wishOf = (object: any, { without = [] }: { without?: readonly string[] } = {}): any => {
  const { status: _status, metadata, ...rest } = object;
  const kept: Record<string, any> = { ...metadata };
  for (const field of SERVERS) delete kept[field];
  const annotations = { ...kept['annotations'] };
  for (const key of ['skerry.dev/conditions', ...without]) delete annotations[key];
  Object.assign(kept, { annotations: texts(annotations), labels: texts(kept['labels']) });
  if (Array.isArray(kept['finalizers'])) {
    kept['finalizers'] = kept['finalizers'].filter((name: unknown) => name !== 'skerry.dev/contents');
  }
  for (const field of Object.keys(kept)) if (isEmptyMap(kept[field])) delete kept[field];
  return rest.kind === 'CustomResourceDefinition' ? { ...named(rest), metadata: kept } : { ...rest, metadata: kept };
};

/** A null among labels is the empty text, as in Kubernetes. */
const texts = (map: any): any => Object.fromEntries(Object.entries(map ?? {}).map(([key, text]) => [key, text ?? '']));

/** What a definition gets where it says nothing, as in Kubernetes. */
const named = ({ spec, ...rest }: any): any => {
  const { kind } = spec.names;
  const names = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...spec.names };
  return { ...rest, spec: { conversion: { strategy: 'None' }, ...spec, names } };
};

/** Where two values differ first, as a path with both sides; undefined: nowhere. */
export const differenceOf = (wanted: any, found: any, path = ''): string | undefined => {
  if (Object.is(wanted, found)) return undefined;
  const isInner = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isInner(wanted) || !isInner(found) || Array.isArray(wanted) !== Array.isArray(found)) {
    return `${path}: ${show(wanted)} became ${show(found)}`;
  }
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const sides = [wanted, found].map((side: any) => (Object.hasOwn(side, key) ? side[key] : undefined));
    const difference = differenceOf(sides[0], sides[1], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
};

const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120);
