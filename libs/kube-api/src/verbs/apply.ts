import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { StoredObject } from '@skerry/ports/object-store/object-store';
import { answer, conflictOf, type Exchange, keyOf, managerOf, present } from '../exchange.ts';
import { withOwners } from '../managed-fields/managed.ts';
import { applyConfiguration, type ApplyOutcome } from '../managed-fields/track-apply.ts';
import { ambiguousItems } from '../merge/ambiguous-items.ts';
import type { KubeResponse } from '../request.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { checkSchema } from '../schema/check.ts';
import { badRequest, conflict, invalid, notFound } from '../status-errors/errors.ts';
import { required } from '../status-errors/field-problems.ts';
import { StatusError } from '../status-errors/status-error.ts';
import { represent } from '../table/represent.ts';
import { conflictError } from './apply-conflict.ts';
import { checkNamespace, createObject } from './create.ts';
import { asObjectOfKind, readBody, reportStrictness } from './decode-object.ts';
import { isAnotherVersion } from './named-version.ts';
import { filterOf, timestamp } from './prepare.ts';
import { replaceObject } from './replace.ts';
import { patchOptions } from './patch-options.ts';

/** Server-side apply: creates the object, or merges the configuration into it. */
export async function apply(exchange: Exchange): Promise<KubeResponse> {
  const applied = readConfiguration(exchange);
  const { store } = exchange.context;
  const { path, resource } = exchange;
  for (let attempt = 1; ; attempt++) {
    const current = await store.get(keyOf(exchange));
    if (current !== undefined) return applyToExisting(exchange, applied);
    if (path.subresource !== '') throw notFound(resource, path.name);
    if (applied.metadata.uid) {
      const why = `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`;
      throw conflict(resource, path.name, why);
    }
    await checkNamespace(exchange, path.name);
    try {
      return await applyToNothing(exchange, applied);
    } catch (cause) {
      // Somebody created it meanwhile: merge into that.
      if (!(cause instanceof StatusError) || cause.status.reason !== 'AlreadyExists' || attempt > 3) throw cause;
    }
  }
}

function readConfiguration(exchange: Exchange): KubeObject {
  const { path, query, resource } = exchange;
  if (!query.get('fieldManager')) {
    throw invalid(patchOptions, '', [required('fieldManager', 'is required for apply patch')]);
  }
  const { value, duplicates } = readBody(exchange, ['application/apply-patch+yaml', 'application/apply-patch+json']);
  const object = asObjectOfKind(exchange, value);
  const { metadata } = object;
  if (metadata.name !== undefined && metadata.name !== path.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${path.name})`);
  }
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const namespace = metadata.namespace ?? '';
  if (namespace !== '' && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const { unknown, mismatches } = checkSchema(object, resource.schema, { builtIn: resource.builtIn });
  if (duplicates.length > 0) reportStrictness(exchange, { unknown: [], duplicates });
  const refuse = (faults: readonly Fault[]): StatusError => untypedConfiguration(exchange, { object, faults });
  const [mismatch] = mismatches;
  if (mismatch !== undefined) throw refuse([{ path: `.${mismatch.path}`, message: mismatch.message }]);
  if (unknown.length > 0)
    throw refuse(unknown.map((at) => ({ path: `.${at}`, message: 'field not declared in schema' })));
  const ambiguous = ambiguousItems(object, resource.schema);
  if (ambiguous.length > 0) throw refuse(ambiguous);
  return { ...object, metadata: { ...metadata, name: path.name } };
}

interface Fault {
  /** as Kubernetes writes it: `.spec.ports` */
  readonly path: string;
  readonly message: string;
}

interface Untyped {
  readonly object: KubeObject;
  readonly faults: readonly Fault[];
}

/** Kubernetes answers 500 here, which asks a client to try again; a hub says which field is wrong, and that it stays wrong. */
function untypedConfiguration({ resource, context, path }: Exchange, { object, faults }: Untyped): StatusError {
  if (context.options.untypedApply === 'invalid') {
    const problems = faults.map((fault) => ({
      field: fault.path.slice(1),
      reason: 'FieldValueInvalid' as const,
      message: fault.message,
    }));
    return invalid(resource, path.name, problems);
  }
  const { namespace = '', name = '' } = object.metadata;
  const kind = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
  const texts = faults.map((fault) => `${fault.path}: ${fault.message}`);
  const all = texts.length === 1 ? texts[0] : `errors:\n${texts.map((text) => `  ${text}`).join('\n')}`;
  const message = `failed to create typed patch object (${namespace}/${name}; ${kind}): ${all}`;
  return new StatusError({ code: 500, message });
}

async function applyToNothing(exchange: Exchange, applied: KubeObject): Promise<KubeResponse> {
  const { resourceVersion: _v, ...metadata } = applied.metadata;
  const { owners } = outcomeOf(exchange, { applied, live: undefined });
  const stored = await createObject(exchange, {
    object: { ...applied, metadata },
    verb: 'apply',
    track: (prepared) => withOwners(prepared, owners),
  });
  return answer(exchange, 201, represent(exchange, present(exchange, stored)));
}

async function applyToExisting(exchange: Exchange, applied: KubeObject): Promise<KubeResponse> {
  let outcome: ReturnType<typeof outcomeOf> | undefined;
  const stored = await replaceObject(exchange, {
    verb: 'apply',
    next: (_before, current) => {
      checkVersion({ exchange, applied, current });
      const { resourceVersion: _v, ...metadata } = applied.metadata;
      const made = outcomeOf(exchange, { applied: { ...applied, metadata }, live: current.object });
      outcome = made;
      return made.object;
    },
    track: (object) => withOwners(object, (outcome as ReturnType<typeof outcomeOf>).owners),
  });
  return answer(exchange, 200, represent(exchange, present(exchange, stored)));
}

interface VersionCheck {
  readonly exchange: Exchange;
  readonly applied: KubeObject;
  readonly current: StoredObject;
}

function checkVersion({ exchange, applied, current }: VersionCheck): void {
  const named = applied.metadata.resourceVersion;
  if (!named || named === '0') return;
  if (isAnotherVersion(named, { current })) throw conflictOf(exchange, exchange.path.name);
}

interface ApplyStep {
  readonly applied: KubeObject;
  readonly live: KubeObject | undefined;
}

function outcomeOf(exchange: Exchange, { applied, live }: ApplyStep): Extract<ApplyOutcome, { conflicts?: undefined }> {
  const { resource, path, query, context } = exchange;
  const writer = {
    manager: managerOf(exchange),
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(resource),
    subresource: path.subresource,
    time: timestamp(context.environment.now()),
  };
  const force = query.get('force') === 'true';
  const { schema } = resource;
  const outcome = applyConfiguration({ live, applied, schema, filter: filterOf(exchange), writer, force });
  if (outcome.conflicts !== undefined) throw conflictError(outcome.conflicts);
  return outcome;
}
