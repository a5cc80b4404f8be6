import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { StoredObject } from '@skerry/ports/object-store/object-store';
import {
  answer,
  type Exchange,
  isDryRun,
  isStoreError,
  keyOf,
  present,
  refusedWrite,
  strategyOf,
  writeContext,
} from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { alreadyExists, forbidden, notFound } from '../status-errors/errors.ts';
import { represent } from '../table/represent.ts';
import { decodeObject } from './decode-object.ts';
import { admit, prepareForCreate, tracked, validate } from './prepare.ts';

export async function create(exchange: Exchange): Promise<KubeResponse> {
  const sent = decodeObject(exchange);
  await checkNamespace(exchange, sent.metadata.name ?? '');
  const stored = await createObject(exchange, { object: sent, verb: 'create' });
  return answer(exchange, 201, represent(exchange, present(exchange, stored)));
}

interface Creation {
  readonly object: KubeObject;
  readonly verb: string;
  /** Records who owns the fields, where that is not a plain create. */
  readonly track?: (prepared: KubeObject) => KubeObject;
}

/** Prepares, checks and stores a new object. */
export async function createObject(exchange: Exchange, creation: Creation): Promise<StoredObject> {
  const prepared = prepareForCreate(exchange, creation.object);
  const { name = '' } = prepared.metadata;
  const admitted = (await admit(exchange, { operation: 'CREATE', object: prepared })) ?? prepared;
  const tracking = creation.track?.(admitted) ?? tracked(exchange, { object: admitted, before: undefined });
  const now = exchange.context.environment.now();
  const owned = strategyOf(exchange).prepareForCreate?.(tracking, now) ?? tracking;
  validate(exchange, { object: owned, before: undefined });
  const { store } = exchange.context;
  const key = keyOf(exchange, name);
  if (isDryRun(exchange)) {
    if ((await store.get(key)) !== undefined) throw alreadyExists(exchange.resource, name);
    return { key, object: owned, version: '' };
  }
  try {
    const stored = await store.write({ kind: 'create', key, object: owned }, writeContext(exchange, creation.verb));
    if (exchange.resource.plural === 'customresourcedefinitions') {
      exchange.context.definitionWritten(stored.object, false);
    }
    return stored;
  } catch (cause) {
    if (isStoreError(cause, 'already-exists')) throw alreadyExists(exchange.resource, name);
    throw refusedWrite(exchange, { name, cause });
  }
}

const namespaces = { group: '', plural: 'namespaces', kind: 'Namespace' };

/** Nothing is created in a namespace that is not there, or on its way out. */
export async function checkNamespace(exchange: Exchange, created: string): Promise<void> {
  const { context, path, resource } = exchange;
  if (context.options.checkNamespaces !== true || !resource.namespaced) return;
  const name = path.namespace;
  const stored = await context.store.get({ group: '', resource: 'namespaces', namespace: '', name });
  if (stored === undefined) throw notFound(namespaces, name);
  if (stored.object.metadata.deletionTimestamp !== undefined) {
    const why = `unable to create new content in namespace ${name} because it is being terminated`;
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${name} is being terminated`,
      field: 'metadata.namespace',
    };
    throw forbidden(resource, created, { why, causes: [cause] });
  }
}
