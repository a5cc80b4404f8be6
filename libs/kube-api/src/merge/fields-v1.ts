import { emptySet, type FieldSet, isEmpty } from './field-set.ts';
import { isObject } from './json.ts';
import { parseElement } from './path-element.ts';

type FieldsV1 = Record<string, unknown>;

/** The set as `managedFields[].fieldsV1` holds it: a member without children is `{}`, one with children has a `"."`. */
export function encodeFields(set: FieldSet): FieldsV1 {
  const fields: FieldsV1 = {};
  const elements = new Set([...set.members, ...set.children.keys()]);
  for (const element of [...elements].sort()) {
    const child = set.children.get(element);
    const below = child === undefined || isEmpty(child) ? {} : encodeFields(child);
    const own = set.members.has(element) && Object.keys(below).length > 0 ? { '.': {}, ...below } : below;
    if (set.members.has(element) || Object.keys(below).length > 0) fields[element] = own;
  }
  return fields;
}

/** Reads a set; undefined if `fields` is no FieldsV1. */
export function decodeFields(fields: unknown): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const set = emptySet();
  for (const [text, below] of Object.entries(fields)) {
    if (text === '.') continue;
    const element = parseElement(text);
    if (element === undefined || !isObject(below)) return undefined;
    const names = Object.keys(below);
    if (names.length === 0 || '.' in below) set.members.add(element);
    if (names.length === 0) continue;
    const child = decodeFields(below);
    if (child === undefined) return undefined;
    if (!isEmpty(child)) set.children.set(element, child);
  }
  return set;
}
