import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { StoredObject, Version } from '@skerry/ports/object-store/object-store';
import {
  conflictOf,
  type Exchange,
  isDryRun,
  isStoreError,
  keyOf,
  mustGet,
  refusedWrite,
  strategyOf,
  writeContext,
} from '../exchange.ts';
import { jsonEqual } from '../merge/json.ts';
import { conflict, invalid, notFound } from '../status-errors/errors.ts';
import { invalidValue } from '../status-errors/field-problems.ts';
import { admit, prepareForUpdate, tracked, validate } from './prepare.ts';
import { isAnotherVersion } from './named-version.ts';

/** How a verb makes the next state of an object from the present one. It may be asked again after a lost race. */
export interface Replacement {
  readonly verb: string;
  /** The wanted object, or undefined to leave everything as it is. */
  readonly next: (before: KubeObject, current: StoredObject) => KubeObject | undefined;
  /** Records who owns the fields; default: the writer owns what it changed. */
  readonly track?: (object: KubeObject, before: KubeObject) => KubeObject;
}

const attempts = 8;

/** Reads, makes the next state, checks and stores it; tries again when somebody else wrote meanwhile and nobody minds. */
export async function replaceObject(exchange: Exchange, replacement: Replacement): Promise<StoredObject> {
  const { name } = exchange.path;
  for (let attempt = 1; ; attempt++) {
    const current = await mustGet(exchange);
    const before = withVersion(current);
    const wanted = replacement.next(before, current);
    if (wanted === undefined) return current;
    const { resourceVersion = '', uid = '' } = wanted.metadata;
    const named = resourceVersion !== '' && resourceVersion !== '0' ? resourceVersion : undefined;
    checkUid({ exchange, uid, current: current.object });
    // A patch carries the version that it was computed from; only another one was named by the client.
    const client = named === undefined || named === current.version ? undefined : named;
    if (client !== undefined && isStale(exchange, current, client)) throw conflictOf(exchange, name);
    const object = await prepareReplacement({ exchange, replacement, wanted, before: current.object });
    if (sameButTimes(object, current.object)) return current;
    if (isDryRun(exchange)) return { ...current, object };
    try {
      return await commit({ exchange, object, current, verb: replacement.verb });
    } catch (cause) {
      if (isStoreError(cause, 'not-found')) throw notFound(exchange.resource, name);
      if (!isStoreError(cause, 'conflict')) throw refusedWrite(exchange, { name, cause });
      if (named !== undefined && replacement.verb === 'update') throw conflictOf(exchange, name);
      if (attempt >= attempts) throw conflictOf(exchange, name);
    }
  }
}

function withVersion(current: StoredObject): KubeObject {
  const { object, version } = current;
  return { ...object, metadata: { ...object.metadata, resourceVersion: version } };
}

/** The last change that a write through this door conflicts with. */
function basisOf(exchange: Exchange, current: StoredObject): Version {
  return exchange.path.subresource === 'status' ? current.version : (current.mainVersion ?? current.version);
}

function isStale(exchange: Exchange, current: StoredObject, named: string): boolean {
  if (!/^\d+$/.test(named)) {
    throw invalid(exchange.resource, exchange.path.name, [
      invalidValue('metadata.resourceVersion', named, 'must be a whole number'),
    ]);
  }
  return isAnotherVersion(named, { current, basis: basisOf(exchange, current) });
}

function checkUid({ exchange, uid, current }: { exchange: Exchange; uid: string; current: KubeObject }): void {
  const actual = current.metadata.uid ?? '';
  if (uid === '' || uid === actual) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
  throw conflict(exchange.resource, exchange.path.name, why);
}

interface Preparation {
  readonly exchange: Exchange;
  readonly replacement: Replacement;
  readonly wanted: KubeObject;
  readonly before: KubeObject;
}

async function prepareReplacement({ exchange, replacement, wanted, before }: Preparation): Promise<KubeObject> {
  const prepared = prepareForUpdate(exchange, { object: wanted, before });
  const admitted = (await admit(exchange, { operation: 'UPDATE', object: prepared, before })) ?? prepared;
  const sent = wanted.metadata.managedFields;
  const forTracking = { ...admitted, metadata: { ...admitted.metadata, managedFields: sent } };
  const owned = replacement.track?.(admitted, before) ?? tracked(exchange, { object: forTracking, before });
  validate(exchange, { object: owned, before });
  return owned;
}

/** Equal but for the version and the times in managedFields: nothing worth a write. */
function sameButTimes(object: KubeObject, before: KubeObject): boolean {
  return jsonEqual(timeless(object), timeless(before));
}

function timeless(object: KubeObject): KubeObject {
  const { managedFields, resourceVersion: _v, ...metadata } = object.metadata;
  const entries = managedFields?.map(({ time: _time, ...entry }) => entry);
  return { ...object, metadata: { ...metadata, ...(entries === undefined ? {} : { managedFields: entries }) } };
}

interface Commit {
  readonly exchange: Exchange;
  readonly object: KubeObject;
  readonly current: StoredObject;
  readonly verb: string;
}

async function commit({ exchange, object, current, verb }: Commit): Promise<StoredObject> {
  const { store, definitionWritten } = exchange.context;
  const { metadata } = object;
  const expected = basisOf(exchange, current);
  const context = writeContext(exchange, verb);
  const key = keyOf(exchange);
  const over = metadata.deletionTimestamp !== undefined && (metadata.finalizers?.length ?? 0) === 0;
  const kept = strategyOf(exchange).keepsWhileDeleting?.(object) === true;
  const gone = over && !kept && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
  const isDefinition = exchange.resource.plural === 'customresourcedefinitions';
  if (gone) {
    // The last finalizer went: this update is the deletion.
    const deleted = await store.write({ kind: 'delete', key, expected, uid: metadata.uid }, context);
    if (isDefinition) definitionWritten(object, true);
    return { ...deleted, object };
  }
  const stored = await store.write(
    { kind: 'update', key, object, expected, uid: current.object.metadata.uid },
    context,
  );
  if (isDefinition) definitionWritten(stored.object, false);
  return stored;
}
