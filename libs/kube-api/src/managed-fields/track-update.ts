import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { compare, type Comparison } from '../merge/compare.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  recursiveDifference,
  setOf,
  union,
} from '../merge/field-set.ts';
import type { Schema } from '../schema/schema.ts';
import { asksForReset, decodeOwners, type FieldOwner, ownerId, type Owners } from './managed.ts';

const strippedFields = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** Fields that the server owns; nobody manages them. */
const stripped: FieldSet = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...strippedFields.map((name) => ['f:metadata', `f:${name}`]),
);

export function withoutServerFields(fields: FieldSet): FieldSet {
  return difference(fields, stripped);
}

/** Which fields a write through one door does not touch: `status` through the main one, everything else through status. */
export type FieldFilter = (fields: FieldSet) => FieldSet;

const statusOnly = setOf(['f:status']);

export function mainFilter(hasStatus: boolean): FieldFilter {
  return hasStatus ? (fields) => recursiveDifference(fields, statusOnly) : (fields) => fields;
}

export const statusFilter: FieldFilter = (fields) => {
  const below = fields.children.get('f:status');
  return {
    members: fields.members.has('f:status') ? new Set(['f:status']) : new Set(),
    children: below === undefined ? new Map() : new Map([['f:status', below]]),
  };
};

export function filtered(comparison: Comparison, filter: FieldFilter): Comparison {
  return {
    added: filter(comparison.added),
    modified: filter(comparison.modified),
    removed: filter(comparison.removed),
  };
}

export interface UpdateToTrack {
  /** The object before; undefined for a create. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
  readonly schema: Schema;
  readonly filter: FieldFilter;
  readonly writer: Omit<FieldOwner, 'fields'>;
}

/**
 * Who owns what after a create, update or patch: the writer owns what it changed, and whoever owned it no longer does. An
 * object that nobody's ownership was ever recorded for stays so.
 */
export function trackUpdate(update: UpdateToTrack): Owners {
  const { before, after, schema, filter, writer } = update;
  const owners = startingOwners(update);
  if (owners.size === 0 && before !== undefined) return owners;
  const changes = filtered(compare(before ?? {}, after, schema), filter);
  const taken = union(changes.modified, changes.added);
  const gone = changes.removed;
  for (const [id, owner] of owners) {
    const fields = difference(difference(owner.fields, intersection(owner.fields, taken)), gone);
    if (isEmpty(fields)) owners.delete(id);
    else owners.set(id, { ...owner, fields });
  }
  const own = withoutServerFields(taken);
  if (!isEmpty(own)) {
    const id = ownerId(writer);
    owners.set(id, { ...writer, fields: union(own, owners.get(id)?.fields ?? emptySet()) });
  }
  return capUpdaters(owners);
}

function startingOwners({ before, after, writer }: UpdateToTrack): Owners {
  const live = decodeOwners(before?.metadata.managedFields) ?? new Map();
  if (writer.subresource !== '') return live;
  const sent = after.metadata.managedFields;
  if (asksForReset(sent)) return new Map();
  const given = decodeOwners(sent);
  return given === undefined || given.size === 0 ? live : given;
}

const maxUpdaters = 10;

/** Merges the oldest updaters into one named `ancient-changes`, so that objects do not grow with the number of clients. */
function capUpdaters(owners: Owners): Owners {
  const updaters = [...owners.entries()].filter(([, owner]) => owner.operation === 'Update');
  if (updaters.length <= maxUpdaters) return owners;
  updaters.sort(([, left], [, right]) => {
    const [a, b] = [`${left.time ?? ''}\0${left.manager}`, `${right.time ?? ''}\0${right.manager}`];
    return a < b ? -1 : 1;
  });
  let count = updaters.length;
  const firstOfVersion = new Map<string, string>();
  for (const [id, owner] of updaters) {
    if (count <= maxUpdaters) break;
    const first = firstOfVersion.get(owner.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(owner.apiVersion, id);
      continue;
    }
    const bucket = { ...owner, manager: 'ancient-changes', subresource: '' };
    const bucketId = ownerId(bucket);
    const collected = owners.get(bucketId) ?? (owners.get(first) as FieldOwner);
    owners.delete(first);
    owners.delete(id);
    owners.set(bucketId, { ...bucket, fields: union(owner.fields, collected.fields) });
    count--;
  }
  return owners;
}
