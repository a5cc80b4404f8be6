import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { StoredObject } from '@skerry/ports/object-store/object-store';
import { deleteInstances } from '../crd/delete-instances.ts';
import { decodeBody, bodyText } from '../decode/decode-body.ts';
import {
  answer,
  type Exchange,
  isDryRun,
  isStoreError,
  keyOf,
  mustGet,
  present,
  strategyOf,
  writeContext,
} from '../exchange.ts';
import { isObject, type JsonObject, textOf } from '../merge/json.ts';
import type { KubeResponse } from '../request.ts';
import { type ErrorSubject, badRequest, conflict, invalid, notFound } from '../status-errors/errors.ts';
import { represent } from '../table/represent.ts';
import { admit, timestamp } from './prepare.ts';
import { isAnotherVersion } from './named-version.ts';

/** What a client wants of a deletion: from the body, or else from the query. */
export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: string;
  readonly gracePeriodSeconds?: number;
  readonly dryRun: boolean;
}

const deleteOptionsKind: ErrorSubject = { group: 'meta.k8s.io', plural: 'deleteoptions', kind: 'DeleteOptions' };
const policies = ['Foreground', 'Background', 'Orphan'];

export async function remove(exchange: Exchange): Promise<KubeResponse> {
  const options = readDeleteOptions(exchange);
  const { stored, gone } = await deleteObject(exchange, { name: exchange.path.name, options });
  const whole = !gone || strategyOf(exchange).returnsDeletedObject === true;
  if (whole) return answer(exchange, 200, represent(exchange, present(exchange, stored)));
  return answer(exchange, 200, deletedStatus(exchange, stored.object));
}

function deletedStatus({ resource }: Exchange, object: KubeObject): unknown {
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name, ...group, kind: resource.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

export function readDeleteOptions(exchange: Exchange): DeleteOptions {
  const { query, request } = exchange;
  const text = bodyText(request.body);
  const value = text.trim() === '' ? {} : decodeBody(text, true).value;
  if (!isObject(value)) throw badRequest('the body of a delete is a DeleteOptions object');
  const preconditions = isObject(value.preconditions) ? value.preconditions : {};
  const uid = optionalText(preconditions, 'uid');
  const resourceVersion = optionalText(preconditions, 'resourceVersion');
  const orphan = value.orphanDependents === true || query.get('orphanDependents') === 'true';
  const policy = value.propagationPolicy ?? query.get('propagationPolicy') ?? (orphan ? 'Orphan' : undefined);
  if (policy !== undefined && !policies.includes(textOf(policy))) {
    const allowed = [...policies, 'nil'].map((name) => JSON.stringify(name)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${allowed}`;
    throw invalid(deleteOptionsKind, '', [{ field: 'propagationPolicy', reason: 'FieldValueNotSupported', message }]);
  }
  const gracePeriodSeconds = gracePeriodOf(value.gracePeriodSeconds ?? query.get('gracePeriodSeconds'));
  const dryRun = isDryRun(exchange) || namesDryRun(value.dryRun);
  return { uid, resourceVersion, propagationPolicy: policy as string | undefined, gracePeriodSeconds, dryRun };
}

/** What is not understood is refused and not passed over: the deletion that a dry run was meant for would be real. */
function namesDryRun(value: unknown): boolean {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return false;
  if (Array.isArray(value) && value.every((item) => item === 'All')) return true;
  throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: ["All"]`);
}

function optionalText(preconditions: JsonObject, name: string): string | undefined {
  const value = preconditions[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`preconditions.${name}: Invalid value: ${JSON.stringify(value)}: must be a text`);
}

function gracePeriodOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const seconds = typeof value === 'string' ? Number(value) : value;
  if (Number.isInteger(seconds) && (seconds as number) >= 0 && (seconds as number) <= MAX_SECONDS)
    return seconds as number;
  const message = `Invalid value: ${JSON.stringify(value)}: must be a whole number from 0 to ${MAX_SECONDS}`;
  throw invalid(deleteOptionsKind, '', [{ field: 'gracePeriodSeconds', reason: 'FieldValueInvalid', message }]);
}

interface Deletion {
  readonly name: string;
  readonly options: DeleteOptions;
}

interface DeletionOutcome {
  readonly stored: StoredObject;
  /** False: it stays, marked as deleting, until its finalizers or its grace period are over. */
  readonly gone: boolean;
}

/** An instant later than that has no date. */
const MAX_SECONDS = 2 ** 31 - 1;

const attempts = 8;

/** Deletes an object, or marks it as deleting if somebody has to finish first. */
export async function deleteObject(exchange: Exchange, { name, options }: Deletion): Promise<DeletionOutcome> {
  for (let attempt = 1; ; attempt++) {
    const current = await mustGet(exchange, name);
    checkPreconditions({ exchange, current, name, options });
    await admit(exchange, { operation: 'DELETE', before: current.object });
    const next = markedObject(exchange, { current, options });
    if (options.dryRun)
      return { stored: next === undefined ? current : { ...current, object: next }, gone: next === undefined };
    try {
      return await commitDeletion({ exchange, current, next });
    } catch (cause) {
      if (isStoreError(cause, 'not-found')) throw notFound(exchange.resource, name);
      if (!isStoreError(cause, 'conflict') || attempt >= attempts) throw cause;
    }
  }
}

interface CommitDeletion {
  readonly exchange: Exchange;
  readonly current: StoredObject;
  readonly next: KubeObject | undefined;
}

async function commitDeletion({ exchange, current, next }: CommitDeletion): Promise<DeletionOutcome> {
  const { store, definitionWritten } = exchange.context;
  const { uid, name = '' } = current.object.metadata;
  const context = writeContext(exchange, 'delete');
  const namespace = current.key.namespace;
  const key = { ...keyOf(exchange, name), namespace };
  const expected = current.mainVersion ?? current.version;
  if (next === undefined) {
    if (isDefinition(exchange)) await deleteInstances(exchange, { definition: current.object, deleteOne });
    const stored = await store.write({ kind: 'delete', key, expected, uid }, context);
    if (isDefinition(exchange)) definitionWritten(stored.object, true);
    return { stored, gone: true };
  }
  if (next === current.object) return { stored: current, gone: false };
  return { stored: await store.write({ kind: 'update', key, object: next, expected, uid }, context), gone: false };
}

async function deleteOne(exchange: Exchange): Promise<boolean> {
  return (await deleteObject(exchange, { name: exchange.path.name, options: { dryRun: false } })).gone;
}

function isDefinition({ resource }: Exchange): boolean {
  return resource.plural === 'customresourcedefinitions' && resource.group === 'apiextensions.k8s.io';
}

interface PreconditionCheck extends Deletion {
  readonly exchange: Exchange;
  readonly current: StoredObject;
}

function checkPreconditions({ exchange, current, name, options }: PreconditionCheck): void {
  const { resource } = exchange;
  const subject = { ...resource, plural: resource.kind };
  const uid = current.object.metadata.uid ?? '';
  if (options.uid !== undefined && options.uid !== uid) {
    const why =
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). ` +
      'The object might have been deleted and then recreated';
    throw conflict(subject, name, why);
  }
  const wanted = options.resourceVersion;
  if (wanted === undefined) return;
  if (isAnotherVersion(wanted, { current })) {
    const why =
      `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record ` +
      `(${current.version}). The object might have been modified`;
    throw conflict(subject, name, why);
  }
}

interface Marking {
  readonly current: StoredObject;
  readonly options: DeleteOptions;
}

/** The object marked as deleting, itself if it is so already, or undefined if nothing keeps it. */
function markedObject(exchange: Exchange, { current, options }: Marking): KubeObject | undefined {
  const { object } = current;
  const { metadata } = object;
  const finalizers = finalizersFor(metadata.finalizers ?? [], options.propagationPolicy);
  const wanted = options.gracePeriodSeconds;
  const grace = strategyOf(exchange).gracePeriodSeconds?.(object, wanted) ?? 0;
  const strategy = strategyOf(exchange);
  const kept = strategy.keepsWhileDeleting?.(object) === true;
  if (finalizers.length === 0 && grace === 0 && !kept) return undefined;
  const marked = metadata.deletionTimestamp !== undefined;
  const sameFinalizers = finalizers.length === (metadata.finalizers?.length ?? 0);
  const leftSeconds = metadata.deletionGracePeriodSeconds ?? 0;
  if (marked && sameFinalizers && grace >= leftSeconds) return object;
  const { finalizers: _finalizers, generation, ...rest } = metadata;
  const deadline = new Date(exchange.context.environment.now().getTime() + grace * 1000);
  const next: KubeObject = {
    ...object,
    metadata: {
      ...rest,
      ...(generation === undefined ? {} : { generation: marked ? generation : generation + 1 }),
      deletionTimestamp: marked && grace >= leftSeconds ? metadata.deletionTimestamp : timestamp(deadline),
      deletionGracePeriodSeconds: marked ? Math.min(grace, leftSeconds) : grace,
      ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }),
    },
  };
  return strategy.markDeleting?.(next) ?? next;
}

/** Kubernetes' garbage collector is told what to do with dependants by a finalizer. */
function finalizersFor(present: readonly string[], policy: string | undefined): readonly string[] {
  if (policy === undefined) return present;
  const others = present.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  if (policy === 'Orphan') return [...others, 'orphan'];
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return others;
}
