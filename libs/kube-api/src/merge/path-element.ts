import type { Schema } from '../schema/schema.ts';
import { isObject } from './json.ts';

/**
 * One step of a path to a field, in the spelling of FieldsV1: `f:name` for a field, `k:{"name":"a"}` for the list item with
 * these keys, `v:"a"` for a value of a set, `i:0` for an index.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The name of the field that the element stands for, or undefined for list items. */
export function fieldNameOf(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** A list item that cannot be told from its neighbours: it lacks its keys, or a set holds something that is no scalar. */
export class PathElementError extends Error {}

/** The element for an item of an associative list. */
export function itemElement(list: Schema, item: unknown): PathElement {
  return list.listType === 'map' ? keyedElement(list, item) : setElement(item);
}

function setElement(item: unknown): PathElement {
  if (item === null) throw new PathElementError("associative list without keys has an element that's an explicit null");
  if (isObject(item)) throw new PathElementError("associative list without keys has an element that's a map type");
  if (Array.isArray(item)) throw new PathElementError('not supported: associative list with lists as elements');
  return `v:${JSON.stringify(item)}`;
}

function keyedElement(list: Schema, item: unknown): PathElement {
  if (item === null) throw new PathElementError('associative list with keys may not have a null element');
  if (!isObject(item)) throw new PathElementError('associative list with keys may not have non-map elements');
  const parts: string[] = [];
  for (const key of sortedKeys(list)) {
    const property = list.items?.properties?.get(key);
    const value = Object.hasOwn(item, key) ? item[key] : (property?.default ?? property?.zero);
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  if (parts.length === 0) {
    throw new PathElementError(
      `associative list with keys has an element that omits all key fields ${JSON.stringify(list.listKeys)} ` +
        "(and doesn't have default values for any key fields)",
    );
  }
  return `k:{${parts.join(',')}}`;
}

const sortedKeysOf = new WeakMap<readonly string[], readonly string[]>();

function sortedKeys(list: Schema): readonly string[] {
  let sorted = sortedKeysOf.get(list.listKeys);
  if (sorted === undefined) sortedKeysOf.set(list.listKeys, (sorted = [...list.listKeys].sort()));
  return sorted;
}

/** The element as people read it in a conflict: `.spec`, `[name="a"]`, `[="x"]`. */
export function describeElement(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const keys = JSON.parse(rest) as Record<string, unknown>;
  return `[${Object.entries(keys)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
}

/** Reads an element that a client sent, so that equal keys are equal texts; undefined if it is none. */
export function parseElement(text: string): PathElement | undefined {
  if (text.startsWith('f:')) return text;
  try {
    if (text.startsWith('i:')) return Number.isInteger(Number(text.slice(2))) ? text : undefined;
    if (text.startsWith('v:')) return `v:${JSON.stringify(JSON.parse(text.slice(2)))}`;
    if (!text.startsWith('k:')) return undefined;
    const keys = JSON.parse(text.slice(2)) as unknown;
    if (!isObject(keys)) return undefined;
    const parts = Object.keys(keys).sort();
    return `k:{${parts.map((key) => `${JSON.stringify(key)}:${JSON.stringify(keys[key])}`).join(',')}}`;
  } catch {
    return undefined;
  }
}
