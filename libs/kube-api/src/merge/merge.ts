import { fieldSchema, type Schema } from '../schema/schema.ts';
import { isObject, type JsonObject } from './json.ts';
import { isLeaf } from './owned-fields.ts';
import { itemElement, type PathElement } from './path-element.ts';

/**
 * Lays an applied configuration over the live object: what the configuration names wins, the rest stays. Associative lists
 * are merged item by item; items that both have follow the order of the configuration. Neither input is changed.
 */
export function merge(live: unknown, applied: unknown, schema: Schema): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return mergeAlone(applied, schema);
  if (isVoid(live) && isVoid(applied)) return applied;
  if (isObject(applied) && isObject(live) && !schema.atomicMap) return mergeFields(live, applied, schema);
  if (Array.isArray(applied) && Array.isArray(live) && !isLeaf(applied, schema)) {
    return mergeItems(live, applied, schema);
  }
  // A null over a map or a list that merges says nothing about what is in it.
  if (applied === null && typeof live === 'object' && !isLeaf(live, schema)) return live;
  return mergeAlone(applied, schema);
}

function isVoid(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value as object).length === 0);
}

function mergeAlone(applied: unknown, schema: Schema): unknown {
  // Lists with an element twice cannot be merged and are refused when the configuration is read.
  return schema === undefined ? applied : applied;
}

function mergeFields(live: JsonObject, applied: JsonObject, schema: Schema): JsonObject | undefined {
  const out: JsonObject = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    const below = fieldSchema(schema, name);
    if (below === undefined) continue;
    const merged = merge(Object.hasOwn(live, name) ? live[name] : undefined, value, below);
    if (merged === undefined) delete out[name];
    else out[name] = merged;
  }
  return out;
}

function mergeItems(live: readonly unknown[], applied: readonly unknown[], schema: Schema): unknown[] {
  const left = live.map((item) => itemElement(schema, item));
  const right = applied.map((item) => itemElement(schema, item));
  const appliedByElement = new Map(right.map((element, index) => [element, applied[index]]));
  const liveByElement = singles(left, live);
  const shared = right.filter((element) => liveByElement.has(element));
  const merger = new ItemMerger({ liveByElement, appliedByElement, items: schema.items as Schema, shared });
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const mine = left[l];
    const theirs = right[r];
    if (mine !== undefined && mine === theirs) {
      merger.take(mine);
      l++;
      r++;
      continue;
    }
    if (mine !== undefined && theirs !== undefined && appliedByElement.has(mine) && merger.waitsForOther(mine)) {
      l++;
      continue;
    }
    if (mine !== undefined && !appliedByElement.has(mine)) {
      merger.out.push(live[l]);
      l++;
      continue;
    }
    if (mine !== undefined && merger.taken.has(mine)) l++;
    if (theirs !== undefined) {
      merger.take(theirs);
      r++;
    }
  }
  return merger.out;
}

/** An element that occurs more than once in the live list has no item of its own to merge with. */
function singles(elements: readonly PathElement[], items: readonly unknown[]): Map<PathElement, unknown> {
  const found = new Map<PathElement, unknown>();
  elements.forEach((element, index) => found.set(element, found.has(element) ? undefined : items[index]));
  return found;
}

interface ItemMergerOptions {
  readonly liveByElement: ReadonlyMap<PathElement, unknown>;
  readonly appliedByElement: ReadonlyMap<PathElement, unknown>;
  readonly items: Schema;
  readonly shared: readonly PathElement[];
}

/** Collects the items of a merged list and remembers which shared item is due next. */
class ItemMerger {
  readonly out: unknown[] = [];
  readonly taken = new Set<PathElement>();
  readonly #options: ItemMergerOptions;
  #due = 0;

  constructor(options: ItemMergerOptions) {
    this.#options = options;
  }

  take(element: PathElement): void {
    const { liveByElement, appliedByElement, items, shared } = this.#options;
    this.taken.add(element);
    this.out.push(merge(liveByElement.get(element), appliedByElement.get(element), items));
    if (shared[this.#due] === element) this.#due++;
  }

  waitsForOther(element: PathElement): boolean {
    const due = this.#options.shared[this.#due];
    return due !== undefined && due !== element;
  }
}
