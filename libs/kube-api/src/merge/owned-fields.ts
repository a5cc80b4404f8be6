import { fieldSchema, type Schema } from '../schema/schema.ts';
import { emptySet, type FieldSet, childOf } from './field-set.ts';
import { isObject, type JsonObject } from './json.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

/** The fields that an applied configuration claims: its leaves, its list items, and the keys of its free-form maps. */
export function ownedFields(value: unknown, schema: Schema): FieldSet {
  const set = emptySet();
  if (isObject(value)) fieldsOf(value, schema, set);
  return set;
}

/** Whether the value is a leaf for this schema: a scalar, or a map or list that is replaced whole. */
export function isLeaf(value: unknown, schema: Schema): boolean {
  if (Array.isArray(value)) return schema.listType === 'atomic' || schema.items === undefined;
  if (isObject(value)) return schema.atomicMap;
  return true;
}

function fieldsOf(value: JsonObject, schema: Schema, set: FieldSet): void {
  for (const [name, field] of Object.entries(value)) {
    const below = fieldSchema(schema, name);
    if (below === undefined) continue;
    const element = fieldElement(name);
    const empty = field === null || (isObject(field) && Object.keys(field).length === 0);
    if (empty || schema.properties?.has(name) !== true) set.members.add(element);
    claim({ value: field, schema: below, set, element });
  }
}

interface Claim {
  readonly value: unknown;
  readonly schema: Schema;
  readonly set: FieldSet;
  readonly element: PathElement;
}

function claim({ value, schema, set, element }: Claim): void {
  // A null where a list or a map is expected holds nothing.
  if (value === null && (schema.type === 'array' || schema.type === 'object')) {
    if (schema.atomicMap || (schema.type === 'array' && schema.listType === 'atomic')) set.members.add(element);
    return;
  }
  if (isLeaf(value, schema)) {
    set.members.add(element);
    return;
  }
  if (isObject(value)) {
    if (Object.keys(value).length > 0) fieldsOf(value, schema, childOf(set, element));
    return;
  }
  const items = value as readonly unknown[];
  if (items.length > 0) itemsOf(items, schema, childOf(set, element));
}

function itemsOf(items: readonly unknown[], schema: Schema, set: FieldSet): void {
  const seen = new Set<PathElement>();
  const repeated = new Set<PathElement>();
  const elements = items.map((item) => itemElement(schema, item));
  for (const element of elements) (seen.has(element) ? repeated : seen).add(element);
  items.forEach((item, index) => {
    const element = elements[index] as PathElement;
    set.members.add(element);
    if (!repeated.has(element) && isObject(item)) claim({ value: item, schema: schema.items as Schema, set, element });
  });
}
