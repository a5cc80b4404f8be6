import { canonicalJson } from '@skerry/kernel/canonical';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type FieldSet = { readonly [token: string]: FieldSet };

interface ManagedEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: unknown;
}

interface LiveObject {
  readonly metadata: { readonly managedFields?: readonly ManagedEntry[] };
}

const isMap = (value: unknown): value is { readonly [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Canonical text of the live values of exactly those fields that `manager` owns by server-side apply; undefined when it
 * owns none. What the member defaults or others own is not in it, so it changes only when something of ours was changed,
 * removed or taken over.
 */
export const ownedText = (object: LiveObject, manager: string): string | undefined => {
  const entry = object.metadata.managedFields?.find(
    (one) => one.manager === manager && one.operation === 'Apply' && !one.subresource,
  );
  return entry ? canonicalJson(project(object as unknown as Json, entry.fieldsV1 as FieldSet)) : undefined;
};

const project = (value: Json | undefined, fields: FieldSet): Json => {
  const tokens = Object.keys(fields).filter((token) => token !== '.');
  if (value === undefined) return null;
  if (tokens.length === 0) return Object.hasOwn(fields, '.') ? 'present' : value;
  return Object.fromEntries(tokens.map((token) => [token, project(step(value, token), fields[token]!)]));
};

/** `f:name` a field, `k:{…}` the list item with these keys, `v:…` the set's item with this value, `i:n` the n-th item. */
const step = (value: Json, token: string): Json | undefined => {
  const rest = token.slice(2);
  if (token.startsWith('f:')) return isMap(value) ? value[rest] : undefined;
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly Json[];
  if (token.startsWith('k:')) {
    const keys = Object.entries(JSON.parse(rest) as Record<string, Json>);
    return items.find((item) => isMap(item) && keys.every(([key, wanted]) => sameKey(item[key], wanted)));
  }
  if (token.startsWith('v:')) {
    const wanted = canonicalJson(JSON.parse(rest));
    return items.find((item) => canonicalJson(item) === wanted);
  }
  return token.startsWith('i:') ? items[Number(rest)] : undefined;
};

/** A key with a default (a port's protocol) may be missing in an object that nobody defaulted. */
const sameKey = (actual: Json | undefined, wanted: Json): boolean =>
  actual === undefined ? wanted === 'TCP' : canonicalJson(actual) === canonicalJson(wanted);
