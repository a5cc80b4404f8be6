import { fieldSchema, type Schema } from '../schema/schema.ts';
import type { FieldSet } from './field-set.ts';
import { isObject, type JsonObject } from './json.ts';
import { isLeaf } from './owned-fields.ts';
import { fieldElement, itemElement } from './path-element.ts';

/**
 * The value without the fields and items in `set`. A map or list that something was taken from and that is empty
 * afterwards goes too: undefined. The input is not changed.
 */
export function removeFields(value: unknown, set: FieldSet, schema: Schema): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isLeaf(value, schema)) return undefined;
  return isObject(value) ? removeFromObject(value, set, schema) : removeFromList(value as unknown[], set, schema);
}

function touches(set: FieldSet | undefined): set is FieldSet {
  return set !== undefined && (set.members.size > 0 || set.children.size > 0);
}

function removeFromObject(value: JsonObject, set: FieldSet, schema: Schema): JsonObject | undefined {
  const out: JsonObject = {};
  for (const [name, field] of Object.entries(value)) {
    const element = fieldElement(name);
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    const rest = touches(below) ? removeFields(field, below, fieldSchema(schema, name) as Schema) : field;
    // Kubernetes keeps the field as an explicit null here; nothing in JSON or in its types tells the two apart.
    if (rest !== undefined) out[name] = rest;
  }
  return Object.keys(out).length === 0 ? undefined : out;
}

function removeFromList(value: readonly unknown[], set: FieldSet, schema: Schema): unknown[] | undefined {
  const out: unknown[] = [];
  for (const item of value) {
    const element = itemElement(schema, item);
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    const rest = touches(below) ? removeFields(item, below, schema.items as Schema) : item;
    if (rest !== undefined) out.push(rest);
  }
  return out.length === 0 ? undefined : out;
}
