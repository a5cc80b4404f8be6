import type { KubeObject, ObjectMeta } from '@skerry/ports/object-store/kube-object';
import { type Exchange, isDryRun, managerOf, strategyOf } from '../exchange.ts';
import { type FieldFilter, mainFilter, statusFilter, trackUpdate } from '../managed-fields/track-update.ts';
import { withOwners } from '../managed-fields/managed.ts';
import { jsonEqual } from '../merge/json.ts';
import { validateMetadata, validateMetadataUpdate } from '../metadata/validate-metadata.ts';
import type { AdmissionRequest } from '../options.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { checkSchema } from '../schema/check.ts';
import { fillDefaults, fillZeros } from '../schema/shape.ts';
import { badRequest, type FieldProblem, invalid } from '../status-errors/errors.ts';
import { invalidValue } from '../status-errors/field-problems.ts';

/** An object and the state that it replaces; none for a create. */
export interface Transition<Before = KubeObject | undefined> {
  readonly object: KubeObject;
  readonly before: Before;
}

/** Time as Kubernetes writes it: whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function hasStatus(exchange: Exchange): boolean {
  return exchange.resource.subresources.includes('status');
}

export function filterOf(exchange: Exchange): FieldFilter {
  return exchange.path.subresource === 'status' ? statusFilter : mainFilter(hasStatus(exchange));
}

/** An object as it enters the store for the first time: named, dated, without a status of its own. */
export function prepareForCreate(exchange: Exchange, sent: KubeObject): KubeObject {
  const { context, resource, path } = exchange;
  const { environment } = context;
  const { metadata } = sent;
  const namespace = metadata.namespace ?? '';
  if (namespace !== '' && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const { name, generateName, namespace: _n, uid: _u, resourceVersion: _r, generation: _g, ...rest } = metadata;
  const { creationTimestamp: _c, deletionTimestamp: _d, deletionGracePeriodSeconds: _s, selfLink: _l, ...kept } = rest;
  const uid = environment.newUid();
  const now = environment.now();
  const ordered: ObjectMeta = {
    name: name || (generateName ? `${generateName.slice(0, 58)}${uid.replaceAll('-', '').slice(-5)}` : ''),
    ...(generateName ? { generateName } : {}),
    ...(path.namespace === '' ? {} : { namespace: path.namespace }),
    uid,
    // Kept free for the version, so that the order of fields is that of Kubernetes.
    resourceVersion: '',
    ...(resource.hasGeneration ? { generation: 1 } : _g === undefined ? {} : { generation: _g }),
    creationTimestamp: timestamp(now),
    ...kept,
  };
  const { status: _status, ...withoutStatus } = sent;
  const object = { ...(hasStatus(exchange) ? withoutStatus : sent), metadata: ordered } as KubeObject;
  return finish(exchange, object);
}

/** An object as it replaces `before`: what the server owns stays as it was, and a changed wish counts the generation up. */
export function prepareForUpdate(exchange: Exchange, { object: sent, before }: Transition<KubeObject>): KubeObject {
  const { resource, path } = exchange;
  if (path.subresource === 'status') {
    return { ...before, status: sent.status, metadata: before.metadata };
  }
  const { metadata } = sent;
  const namespace = metadata.namespace ?? '';
  if (namespace !== '' && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const old = before.metadata;
  const { deletionTimestamp: _d, deletionGracePeriodSeconds: _g, selfLink: _s, ...rest } = metadata;
  const next: ObjectMeta = {
    ...orderOf(old),
    ...rest,
    uid: metadata.uid || old.uid,
    creationTimestamp: metadata.creationTimestamp || old.creationTimestamp,
    resourceVersion: '',
    ...(old.namespace === undefined ? {} : { namespace: old.namespace }),
    ...(old.generation === undefined ? {} : { generation: old.generation }),
    ...(old.deletionTimestamp === undefined ? {} : { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds === undefined
      ? {}
      : { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
  };
  if (old.generation === undefined) delete next.generation;
  let object = { ...sent, metadata: next } as KubeObject;
  if (hasStatus(exchange)) object = withStatusOf(object, before);
  const strategy = path.subresource === 'finalize' ? undefined : strategyOf(exchange).prepareForUpdate;
  object = finish(exchange, strategy?.(object, before) ?? object);
  const generation = old.generation ?? 0;
  if (resource.hasGeneration && wishChanged(exchange, object, before)) object.metadata.generation = generation + 1;
  return object;
}

function orderOf({ name, generateName }: ObjectMeta): ObjectMeta {
  return { name, ...(generateName === undefined ? {} : { generateName }) };
}

function withStatusOf(object: KubeObject, before: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  return (before.status === undefined ? rest : { ...rest, status: before.status }) as KubeObject;
}

function wishChanged(exchange: Exchange, object: KubeObject, before: KubeObject): boolean {
  const passed = new Set(['apiVersion', 'kind', 'metadata', ...(hasStatus(exchange) ? ['status'] : [])]);
  const names = new Set([...Object.keys(object), ...Object.keys(before)]);
  if (strategyOf(exchange).annotationsAreWishes === true) {
    if (!jsonEqual(object.metadata.annotations ?? {}, before.metadata.annotations ?? {})) return true;
  }
  for (const name of names) if (!passed.has(name) && !jsonEqual(object[name], before[name])) return true;
  return false;
}

function finish(exchange: Exchange, given: KubeObject): KubeObject {
  const { resource, context } = exchange;
  const object = strategyOf(exchange).defaults?.(given) ?? given;
  if (!resource.builtIn) return fillDefaults(object, resource.schema);
  return context.options.fillZeros === true ? fillZeros(object, resource.schema) : object;
}

/** The object with its owners recorded, as a create or an update leaves them. */
export function tracked(exchange: Exchange, { object, before }: Transition): KubeObject {
  const writer = {
    manager: managerOf(exchange),
    operation: 'Update' as const,
    apiVersion: apiVersionOf(exchange.resource),
    subresource: exchange.path.subresource,
    // Kubernetes records no time for a scale.
    time: exchange.path.subresource === 'scale' ? undefined : timestamp(exchange.context.environment.now()),
  };
  const filter = filterOf(exchange);
  return withOwners(object, trackUpdate({ before, after: object, schema: exchange.resource.schema, filter, writer }));
}

/** 422 with everything that is wrong with the object. */
export function validate(exchange: Exchange, { object, before }: Transition): void {
  const { resource } = exchange;
  const { problems } = checkSchema(object, resource.schema, { builtIn: resource.builtIn });
  const all = [
    ...validateMetadata(object.metadata, resource),
    ...(before === undefined ? [] : validateMetadataUpdate(object.metadata, before.metadata)),
    ...problems,
    ...redefinition(exchange, object),
    // a strategy takes the types of its kind for granted
    ...(problems.length > 0 && !resource.builtIn ? [] : (strategyOf(exchange).validate?.(object, before) ?? [])),
  ];
  if (all.length > 0) throw invalid(resource, object.metadata.name ?? '', all);
}

/** A definition of what the server serves itself would put another schema in its place, for everybody. */
function redefinition({ resource, context }: Exchange, { metadata }: KubeObject): FieldProblem[] {
  const { name = '' } = metadata;
  if (resource.plural !== 'customresourcedefinitions' || !context.ownNames.has(name)) return [];
  return [invalidValue('metadata.name', name, 'is served by this server itself and cannot be defined anew')];
}

interface AdmissionStep {
  readonly operation: AdmissionRequest['operation'];
  readonly object?: KubeObject;
  readonly before?: KubeObject;
}

/** Runs the admission hooks one after another; each sees what the one before it made. */
export async function admit(exchange: Exchange, step: AdmissionStep): Promise<KubeObject | undefined> {
  const { context, resource, path, request, warnings } = exchange;
  let { object } = step;
  for (const hook of context.options.admission ?? []) {
    const changed = await hook({
      operation: step.operation,
      resource,
      subresource: path.subresource,
      namespace: path.namespace,
      name: (object ?? step.before)?.metadata.name ?? path.name,
      user: request.user,
      dryRun: isDryRun(exchange),
      object,
      before: step.before,
      warn: (text) => warnings.push(text),
    });
    object = changed ?? object;
  }
  return object;
}
