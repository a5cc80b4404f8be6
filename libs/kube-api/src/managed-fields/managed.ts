import type { KubeObject, ManagedFieldsEntry } from '@skerry/ports/object-store/kube-object';
import { type FieldSet, isEmpty } from '../merge/field-set.ts';
import { decodeFields, encodeFields } from '../merge/fields-v1.ts';

/** Who set which fields by which operation. */
export interface FieldOwner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time?: string;
  readonly fields: FieldSet;
}

/** The owners of an object's fields, by identity: an applier is one whatever version it applied in, an updater is not. */
export type Owners = Map<string, FieldOwner>;

export function ownerId(owner: Omit<FieldOwner, 'fields' | 'time'>): string {
  const version = owner.operation === 'Apply' ? '' : owner.apiVersion;
  return `${owner.operation}\0${owner.manager}\0${owner.subresource}\0${version}`;
}

/** Reads `metadata.managedFields`; undefined if an entry makes no sense. */
export function decodeOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners | undefined {
  if (entries === undefined) return new Map();
  const owners: Owners = new Map();
  for (const entry of entries) {
    const owner = decodeOwner(entry);
    if (owner === undefined) return undefined;
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

function decodeOwner(entry: ManagedFieldsEntry): FieldOwner | undefined {
  const { operation, apiVersion } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (!apiVersion || entry.fieldsType !== 'FieldsV1') return undefined;
  const fields = decodeFields(entry.fieldsV1 ?? {});
  if (fields === undefined) return undefined;
  const { manager = '', subresource = '', time } = entry;
  return { manager, operation, apiVersion, subresource, time, fields };
}

/** Writes the owners in Kubernetes' order: appliers first, then by time, manager, version, subresource. */
export function encodeOwners(owners: Owners): ManagedFieldsEntry[] | undefined {
  const present = [...owners.values()].filter((owner) => !isEmpty(owner.fields));
  if (present.length === 0) return undefined;
  return present.sort(byKubernetesOrder).map(encodeOwner);
}

function encodeOwner(owner: FieldOwner): ManagedFieldsEntry {
  return {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(owner.time === undefined ? {} : { time: owner.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(owner.fields),
    ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
  };
}

function byKubernetesOrder(left: FieldOwner, right: FieldOwner): number {
  return (
    compareText(left.operation, right.operation) ||
    compareText(left.time ?? '', right.time ?? '') ||
    compareText(left.manager, right.manager) ||
    compareText(left.apiVersion, right.apiVersion) ||
    compareText(left.subresource, right.subresource)
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** True if the object asks to forget who owns what: an empty list, or one empty entry. */
export function asksForReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined) return false;
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0);
}

/** The object with these owners written into it; a shallow copy. */
export function withOwners(object: KubeObject, owners: Owners): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const entries = encodeOwners(owners);
  return { ...object, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}
