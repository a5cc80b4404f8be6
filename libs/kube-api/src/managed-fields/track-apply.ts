import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { compare } from '../merge/compare.ts';
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  pathsOf,
  union,
  withNamedFields,
} from '../merge/field-set.ts';
import { jsonEqual } from '../merge/json.ts';
import { merge } from '../merge/merge.ts';
import { ownedFields } from '../merge/owned-fields.ts';
import type { PathElement } from '../merge/path-element.ts';
import { removeFields } from '../merge/remove.ts';
import type { Schema } from '../schema/schema.ts';
import { decodeOwners, type FieldOwner, ownerId, type Owners } from './managed.ts';
import { type FieldFilter, filtered, trackUpdate, withoutServerFields } from './track-update.ts';

/** Another manager owns a field that the configuration wants to be something else. */
export interface FieldConflict {
  readonly owner: FieldOwner;
  readonly path: readonly PathElement[];
}

export interface ApplyRequest {
  /** The object as stored; undefined if the configuration creates it. */
  readonly live: KubeObject | undefined;
  /** The configuration as sent, without managedFields. */
  readonly applied: KubeObject;
  readonly schema: Schema;
  readonly filter: FieldFilter;
  readonly writer: Omit<FieldOwner, 'fields'>;
  readonly force: boolean;
}

/** What an apply leads to: conflicts, or the merged object and the owners of its fields. */
export type ApplyOutcome =
  | { readonly conflicts: readonly FieldConflict[] }
  | { readonly conflicts?: undefined; readonly object: KubeObject; readonly owners: Owners; readonly changed: boolean };

/** Server-side apply, from live object and configuration to merged object; a pure function. */
export function applyConfiguration(request: ApplyRequest): ApplyOutcome {
  const { applied, schema, filter, writer } = request;
  const live = liveWithoutOwners(request);
  const owners = ownersBefore(request, live);
  const id = ownerId(writer);
  const last = owners.get(id);
  const fields = filter(ownedFields(applied, schema));
  owners.set(id, { ...writer, time: last?.time, fields });
  const merged = merge(live, applied, schema) as KubeObject;
  const pruned = prune({ merged, owners, last: last?.fields, schema });
  const changes = filtered(compare(live, pruned, schema), filter);
  const taken = union(changes.modified, changes.added);
  const conflicts: FieldConflict[] = [];
  for (const [otherId, owner] of owners) {
    if (otherId === id) continue;
    const contested = intersection(owner.fields, taken);
    for (const path of pathsOf(contested)) conflicts.push({ owner, path });
    const rest = difference(difference(owner.fields, contested), changes.removed);
    if (isEmpty(rest)) owners.delete(otherId);
    else owners.set(otherId, { ...owner, fields: rest });
  }
  if (conflicts.length > 0 && !request.force) return { conflicts };
  const own = withoutServerFields(fields);
  const changed = !jsonEqual(live, pruned);
  // Only an apply that changed the object is worth a new time; otherwise a repeat would be a write.
  if (isEmpty(own)) owners.delete(id);
  else owners.set(id, { ...writer, time: changed ? writer.time : last?.time, fields: own });
  return { object: pruned, owners, changed };
}

function liveWithoutOwners({ live, applied }: ApplyRequest): KubeObject {
  if (live === undefined) return { apiVersion: applied.apiVersion, kind: applied.kind } as KubeObject;
  const { managedFields: _, ...metadata } = live.metadata;
  return { ...live, metadata };
}

function ownersBefore(request: ApplyRequest, live: KubeObject): Owners {
  const owners = decodeOwners(request.live?.metadata.managedFields) ?? new Map();
  if (owners.size > 0 || request.live === undefined) return owners;
  // Nobody was ever recorded: what is there belongs to whoever wrote before the first apply.
  const writer = { ...request.writer, manager: 'before-first-apply', operation: 'Update' as const };
  const { schema, filter } = request;
  return trackUpdate({ before: undefined, after: live, schema, filter, writer });
}

interface PruneRequest {
  readonly merged: KubeObject;
  readonly owners: Owners;
  readonly last: FieldSet | undefined;
  readonly schema: Schema;
}

/** Takes away what this applier applied last time and not this time, unless somebody else owns it. */
function prune({ merged, owners, last, schema }: PruneRequest): KubeObject {
  if (last === undefined || isEmpty(last)) return merged;
  const lastNamed = withNamedFields(last, schema);
  const fieldsOf = (value: unknown): FieldSet => withNamedFields(ownedFields(value, schema), schema);
  const mergedFields = fieldsOf(merged);
  const withoutLast = fieldsOf(removeFields(merged, lastNamed, schema));
  let owned: FieldSet = withoutLast;
  for (const owner of owners.values()) owned = union(owned, withNamedFields(owner.fields, schema));
  const withOwned = fieldsOf(removeFields(merged, difference(mergedFields, owned), schema));
  const surplus = intersection(difference(mergedFields, withOwned), lastNamed);
  return isEmpty(surplus) ? merged : (removeFields(merged, surplus, schema) as KubeObject);
}
