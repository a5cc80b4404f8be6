import { fieldSchema, type Schema } from '../schema/schema.ts';
import { childOf, emptySet, type FieldSet } from './field-set.ts';
import { isObject, jsonEqual, type JsonObject } from './json.ts';
import { isLeaf } from './owned-fields.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

/** Which fields differ between two states of an object. No field is in more than one of the three. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two objects of the same schema; undefined stands for "not there". */
export function compare(left: unknown, right: unknown, schema: Schema): Comparison {
  const result = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  if (left !== right)
    compareFields({
      left: asObject(left),
      right: asObject(right),
      schema,
      into: result,
      leftIsThere: true,
      rightIsThere: true,
    });
  return result;
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

interface FieldsStep {
  readonly left: JsonObject;
  readonly right: JsonObject;
  readonly schema: Schema;
  readonly into: Comparison;
  /** A struct that is there holds its empty fields, even if nobody wrote them down; one that is not holds nothing. */
  readonly leftIsThere: boolean;
  readonly rightIsThere: boolean;
}

function compareFields(step: FieldsStep): void {
  const { left, right } = step;
  for (const name of Object.keys(left)) {
    if (left[name] !== right[name] || !Object.hasOwn(right, name)) {
      compareField(step, name);
    }
  }
  for (const name of Object.keys(right)) {
    if (!Object.hasOwn(left, name)) compareField(step, name);
  }
}

function compareField(step: FieldsStep, name: string): void {
  const { left, right, schema, into } = step;
  const below = fieldSchema(schema, name);
  if (below === undefined) return;
  const zero = schema.properties?.get(name)?.zero;
  const before = Object.hasOwn(left, name) ? left[name] : step.leftIsThere ? zero : undefined;
  const after = Object.hasOwn(right, name) ? right[name] : step.rightIsThere ? zero : undefined;
  compareValue({ left: before, right: after, schema: below, into, element: fieldElement(name) });
}

interface ValueStep {
  readonly left: unknown;
  readonly right: unknown;
  readonly schema: Schema;
  readonly into: Comparison;
  readonly element: PathElement;
}

function compareValue(step: ValueStep): void {
  const { left, right, schema, into, element } = step;
  if (left === undefined && right === undefined) return;
  const shape = right === undefined || right === null ? left : right;
  if (shape === undefined || shape === null || isLeaf(shape, schema) || bothEmpty(left, right)) {
    if (left === undefined) into.added.members.add(element);
    else if (right === undefined) into.removed.members.add(element);
    else if (!jsonEqual(left, right)) into.modified.members.add(element);
    return;
  }
  const below: Comparison = {
    added: childOf(into.added, element),
    modified: childOf(into.modified, element),
    removed: childOf(into.removed, element),
  };
  if (isObject(shape)) {
    // A value that changed its shape altogether: what it was is gone, what it is is new.
    if (left !== undefined && left !== null && !isObject(left)) into.modified.members.add(element);
    compareFields({
      left: asObject(left),
      right: asObject(right),
      schema,
      into: below,
      leftIsThere: left !== undefined,
      rightIsThere: right !== undefined,
    });
  } else {
    compareItems({ left: asList(left), right: asList(right), schema, into: below });
  }
  if (left === undefined) into.added.members.add(element);
  if (right === undefined) into.removed.members.add(element);
}

function bothEmpty(left: unknown, right: unknown): boolean {
  return isVoid(left) && isVoid(right);
}

function isVoid(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface ItemsStep {
  readonly left: readonly unknown[];
  readonly right: readonly unknown[];
  readonly schema: Schema;
  readonly into: Comparison;
}

function compareItems({ left, right, schema, into }: ItemsStep): void {
  const before = itemsByElement(left, schema);
  const after = itemsByElement(right, schema);
  const items = schema.items as Schema;
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(element) ?? [];
    const is = after.get(element) ?? [];
    if (was.length <= 1 && is.length <= 1) {
      compareValue({ left: was[0], right: is[0], schema: items, into, element });
    } else if (was.length > 1 && is.length > 1) {
      if (!jsonEqual(was, is)) into.modified.members.add(element);
    } else if (was.length > 1) {
      // Items that share an element own nothing below it: the mark goes, the single one comes.
      if (is.length > 0) compareValue({ left: undefined, right: is[0], schema: items, into, element });
      into.removed.members.add(element);
    } else {
      if (was.length > 0) compareValue({ left: was[0], right: undefined, schema: items, into, element });
      into.added.members.add(element);
    }
  }
}

function itemsByElement(list: readonly unknown[], schema: Schema): Map<PathElement, unknown[]> {
  const items = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = itemElement(schema, item);
    const same = items.get(element);
    if (same === undefined) items.set(element, [item]);
    else same.push(item);
  }
  return items;
}
