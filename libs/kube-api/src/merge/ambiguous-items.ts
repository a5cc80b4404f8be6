import { fieldSchema, type Schema } from '../schema/schema.ts';
import { isObject } from './json.ts';
import { isLeaf } from './owned-fields.ts';
import { describeElement, itemElement, PathElementError } from './path-element.ts';

/** A list of a configuration, and what is wrong with its items. */
export interface AmbiguousItem {
  /** as Kubernetes writes it: `.spec.ports` */
  readonly path: string;
  readonly message: string;
}

/** What keeps a configuration from being merged: list items that are there twice or cannot be told apart. */
export function ambiguousItems(value: unknown, schema: Schema, path = ''): AmbiguousItem[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, field]) => {
      const below = fieldSchema(schema, name);
      return below === undefined ? [] : ambiguousItems(field, below, `${path}.${name}`);
    });
  }
  if (!Array.isArray(value) || isLeaf(value, schema)) return [];
  const found: AmbiguousItem[] = [];
  const seen = new Set<string>();
  value.forEach((item, index) => {
    try {
      const element = itemElement(schema, item);
      if (seen.has(element)) found.push({ path, message: `duplicate entries for key ${describeElement(element)}` });
      seen.add(element);
      found.push(...ambiguousItems(item, schema.items as Schema, `${path}${describeElement(element)}`));
    } catch (cause) {
      if (!(cause instanceof PathElementError)) throw cause;
      found.push({ path, message: `element ${index}: ${cause.message}` });
    }
  });
  return found;
}
