import { fieldSchema, type Schema } from '../schema/schema.ts';
import { fieldNameOf, type PathElement } from './path-element.ts';

/**
 * A set of paths to fields, as a tree. `members` are in the set; `children` lead to deeper members and say nothing about
 * the step itself. Sets are not changed once they are handed on.
 */
export interface FieldSet {
  readonly members: Set<PathElement>;
  readonly children: Map<PathElement, FieldSet>;
}

export function emptySet(): FieldSet {
  return { members: new Set(), children: new Map() };
}

export function isEmpty(set: FieldSet): boolean {
  if (set.members.size > 0) return false;
  for (const child of set.children.values()) if (!isEmpty(child)) return false;
  return true;
}

/** The part of the set below `element`; made if there is none. Only for the builder of a set. */
export function childOf(set: FieldSet, element: PathElement): FieldSet {
  let child = set.children.get(element);
  if (child === undefined) set.children.set(element, (child = emptySet()));
  return child;
}

type Members = Set<PathElement>;

function joined(left: Members, right: Members): Members {
  if (right.size === 0) return left;
  const out = new Set(left);
  for (const element of right) out.add(element);
  return out;
}

function shared(left: Members, right: Members): Members {
  const out: Members = new Set();
  for (const element of left) if (right.has(element)) out.add(element);
  return out;
}

function without(left: Members, right: Members): Members {
  if (right.size === 0) return left;
  const out: Members = new Set();
  for (const element of left) if (!right.has(element)) out.add(element);
  return out;
}

export function setOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const set = emptySet();
  for (const path of paths) {
    let node = set;
    for (const element of path.slice(0, -1)) node = childOf(node, element);
    const last = path.at(-1);
    if (last !== undefined) node.members.add(last);
  }
  return set;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map(left.children);
  for (const [element, child] of right.children) {
    const mine = children.get(element);
    children.set(element, mine === undefined ? child : union(mine, child));
  }
  return { members: joined(left.members, right.members), children };
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    if (other === undefined) continue;
    const both = intersection(child, other);
    if (!isEmpty(both)) children.set(element, both);
  }
  return { members: shared(left.members, right.members), children };
}

/** What is in `left` and not in `right`, path by path: a parent in `right` removes no child in `left`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const rest = other === undefined ? child : difference(child, other);
    if (!isEmpty(rest)) children.set(element, rest);
  }
  return { members: without(left.members, right.members), children };
}

/** What is in `left` and neither in `right` nor below a member of `right`. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of left.children) {
    if (right.members.has(element)) continue;
    const other = right.children.get(element);
    const rest = other === undefined ? child : recursiveDifference(child, other);
    if (!isEmpty(rest)) children.set(element, rest);
  }
  return { members: without(left.members, right.members), children };
}

export function setsEqual(left: FieldSet, right: FieldSet): boolean {
  return isEmpty(difference(left, right)) && isEmpty(difference(right, left));
}

/** Every path in the set: at each level its members before what lies deeper, each in order of spelling. */
export function pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): PathElement[][] {
  const paths = [...set.members].sort().map((element) => [...prefix, element]);
  for (const element of [...set.children.keys()].sort()) {
    paths.push(...pathsOf(set.children.get(element) as FieldSet, [...prefix, element]));
  }
  return paths;
}

/**
 * The set with every named field that leads to a member made a member too. A set of leaves says that `spec.replicas` is
 * owned; to take `spec` away when its last field goes, `spec` has to be in the set.
 */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const members = new Set(set.members);
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const name = fieldNameOf(element);
    if (name !== undefined && schema?.properties?.has(name) === true) members.add(element);
    children.set(element, withNamedFields(child, schema === undefined ? undefined : stepSchema(schema, name)));
  }
  return { members, children };
}

function stepSchema(schema: Schema, name: string | undefined): Schema | undefined {
  return name === undefined ? schema.items : fieldSchema(schema, name);
}
