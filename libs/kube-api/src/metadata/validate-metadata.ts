import type { ObjectMeta, OwnerReference } from '@skerry/ports/object-store/kube-object';
import type { FieldProblem } from '../status-errors/errors.ts';
import { invalidValue, required } from '../status-errors/field-problems.ts';
import { checkDnsLabel, checkDnsSubdomain, checkPathSegment, checkQualifiedName, labelValueProblem } from './names.ts';

const annotationsLimitBytes = 256 * 1024;

/** Kinds whose names are labels of DNS; others are subdomains, and the names of RBAC anything that fits a path. */
const labelNamed = new Set(['/namespaces', '/services']);
const pathNamed = new Set([
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/clusterrolebindings',
]);

export interface MetadataSubject {
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** What is wrong with the metadata of an object that is to be stored. */
export function validateMetadata(metadata: ObjectMeta, subject: MetadataSubject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  checkName(metadata, subject, problems);
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const text of checkQualifiedName(key)) problems.push(invalidValue('metadata.labels', key, text));
    const text = labelValueProblem(value);
    if (text !== undefined) problems.push(invalidValue('metadata.labels', value, text));
  }
  checkAnnotations(metadata.annotations ?? {}, problems);
  metadata.ownerReferences?.forEach((owner) => checkOwner(owner, problems));
  metadata.finalizers?.forEach((name, index) => checkFinalizer({ name, index }, problems));
  return problems;
}

function checkName(metadata: ObjectMeta, subject: MetadataSubject, problems: FieldProblem[]): void {
  const { name = '' } = metadata;
  if (name === '') {
    problems.push(required('metadata.name', 'name or generateName is required'));
    return;
  }
  const id = `${subject.group}/${subject.plural}`;
  const check = labelNamed.has(id) ? checkDnsLabel : pathNamed.has(id) ? checkPathSegment : checkDnsSubdomain;
  for (const text of check(name)) problems.push(invalidValue('metadata.name', name, text));
}

function checkAnnotations(annotations: Readonly<Record<string, string>>, problems: FieldProblem[]): void {
  let totalBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of checkQualifiedName(key.toLowerCase())) {
      problems.push(invalidValue('metadata.annotations', key, text));
    }
    totalBytes += key.length + value.length;
  }
  if (totalBytes > annotationsLimitBytes) {
    const message = `Too long: may not be more than ${annotationsLimitBytes} bytes`;
    problems.push({ field: 'metadata.annotations', reason: 'FieldValueTooLong', message });
  }
}

function checkOwner(owner: OwnerReference, problems: FieldProblem[]): void {
  for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
    if (!owner[field]) problems.push(invalidValue(`metadata.ownerReferences.${field}`, '', 'must not be empty'));
  }
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

function checkFinalizer({ name, index }: { name: string; index: number }, problems: FieldProblem[]): void {
  const field = `metadata.finalizers[${index}]`;
  for (const text of checkQualifiedName(name)) problems.push(invalidValue(field, name, text));
  if (!name.includes('/') && !standardFinalizers.has(name)) {
    problems.push(invalidValue(field, name, 'name is neither a standard finalizer name nor is it fully qualified'));
  }
}

/** Fields of metadata that an update may not change, and finalizers that come too late. */
export function validateMetadataUpdate(metadata: ObjectMeta, before: ObjectMeta): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of ['uid', 'creationTimestamp', 'name', 'namespace'] as const) {
    if ((metadata[field] ?? '') !== (before[field] ?? '')) {
      problems.push(invalidValue(`metadata.${field}`, metadata[field] ?? '', 'field is immutable'));
    }
  }
  if (before.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter((name) => before.finalizers?.includes(name) !== true);
    if (added.length > 0) {
      const list = added.map((name) => JSON.stringify(name)).join(', ');
      const text = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      problems.push({ field: 'metadata.finalizers', reason: 'FieldValueForbidden', message: `Forbidden: ${text}` });
    }
  }
  return problems;
}
