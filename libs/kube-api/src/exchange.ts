import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import {
  type Collection,
  type ObjectKey,
  type ObjectStore,
  ObjectStoreError,
  ObjectTooLarge,
  type StoredObject,
  type WriteContext,
} from '@skerry/ports/object-store/object-store';
import type { KubeApiEnvironment, KubeApiOptions } from './options.ts';
import type { KubeRequest, KubeResponse } from './request.ts';
import type { ResourceRegistry } from './resources/registry.ts';
import { apiVersionOf, type Resource, type ResourceStrategy } from './resources/resource.ts';
import type { ResourcePath } from './routes/parse-path.ts';
import { badRequest, conflict, invalid, notFound, objectModified } from './status-errors/errors.ts';

/** What every verb works with. */
export interface ApiContext {
  readonly store: ObjectStore;
  readonly environment: KubeApiEnvironment;
  readonly registry: ResourceRegistry;
  /** `plural.group` of every resource that no CustomResourceDefinition of a client may redefine. */
  readonly ownNames: ReadonlySet<string>;
  readonly options: KubeApiOptions;
  readonly strategies: Readonly<Record<string, ResourceStrategy>>;
  /** Told about every CustomResourceDefinition that this process wrote, before the writer is answered. */
  readonly definitionWritten: (definition: KubeObject, deleted: boolean) => void;
}

/** One request on its way through a verb. */
export interface Exchange {
  readonly context: ApiContext;
  readonly request: KubeRequest;
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly resource: Resource;
  /** Texts for `Warning` headers. */
  readonly warnings: string[];
}

export function header(exchange: Exchange, name: string): string {
  return exchange.request.headers?.[name] ?? '';
}

export function strategyOf(exchange: Exchange): ResourceStrategy {
  const { group, plural } = exchange.resource;
  return exchange.context.strategies[`${group}/${plural}`] ?? {};
}

export function keyOf(exchange: Exchange, name = exchange.path.name): ObjectKey {
  const { resource, path } = exchange;
  return { group: resource.group, resource: resource.plural, namespace: path.namespace, name };
}

export function collectionOf(exchange: Exchange): Collection {
  const { resource, path } = exchange;
  const { group, plural } = resource;
  return { group, resource: plural, ...(path.namespace === '' ? {} : { namespace: path.namespace }) };
}

export function isDryRun(exchange: Exchange): boolean {
  const values = exchange.query.getAll('dryRun').filter((value) => value !== '');
  for (const value of values) {
    if (value !== 'All')
      throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  }
  return values.length > 0;
}

/** The client's name for itself: `fieldManager`, or what its user agent says before the version. */
export function managerOf(exchange: Exchange): string {
  const named = exchange.query.get('fieldManager') ?? '';
  if (named !== '') {
    if (named.length > 128)
      throw badRequest(`fieldManager: may not be longer than 128 characters, got ${named.length}`);
    return named;
  }
  const agent = header(exchange, 'user-agent').split('/')[0]?.slice(0, 128) ?? '';
  return agent === '' ? 'unknown' : agent;
}

export function writeContext(exchange: Exchange, verb: string): WriteContext {
  const { request, path } = exchange;
  return {
    user: request.user?.name,
    commandId: request.id,
    verb,
    subresource: path.subresource,
    fieldManager: managerOf(exchange),
  };
}

/** The object as this API version shows it, under its version, with what a hook computes. */
export function present(exchange: Exchange, stored: StoredObject): KubeObject {
  const { context, resource } = exchange;
  const object = context.options.afterRead?.(stored, resource) ?? stored.object;
  const metadata: KubeObject['metadata'] = { ...object.metadata, resourceVersion: stored.version };
  // What a dry run made never got a version.
  if (stored.version === '') delete metadata.resourceVersion;
  const apiVersion = apiVersionOf(resource);
  return { ...object, apiVersion, metadata };
}

export async function mustGet(exchange: Exchange, name = exchange.path.name): Promise<StoredObject> {
  const stored = await exchange.context.store.get(keyOf(exchange, name));
  if (stored === undefined) throw notFound(exchange.resource, name);
  return stored;
}

export function isStoreError(error: unknown, code: ObjectStoreError['code']): boolean {
  return error instanceof ObjectStoreError && error.code === code;
}

/** What a store's refusal of a write is to the client, whatever the verb; anything else is handed back as it is. */
export function refusedWrite(exchange: Exchange, { name, cause }: { name: string; cause: unknown }): unknown {
  if (!(cause instanceof ObjectTooLarge)) return cause;
  const { field, message } = cause;
  return invalid(exchange.resource, name, [{ field, reason: 'FieldValueTooLong', message: `Too long: ${message}` }]);
}

export function conflictOf(exchange: Exchange, name: string): Error {
  return conflict(exchange.resource, name, objectModified);
}

/** An answer with a JSON body. */
export function answer(exchange: Exchange | undefined, status: number, body: unknown): KubeResponse {
  const warnings = exchange?.warnings ?? [];
  const headers: Record<string, string | readonly string[]> = {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
  };
  if (warnings.length > 0) headers['warning'] = fittingWarnings(warnings).map(warningLine);
  const { details } = body as { readonly details?: { readonly retryAfterSeconds?: number } };
  // only the header makes clients wait and try again
  if (status >= 429 && details?.retryAfterSeconds) headers['retry-after'] = String(details.retryAfterSeconds);
  return { status, headers, body: JSON.stringify(body) };
}

const WARNING_CHARACTERS = 256;
const ALL_WARNINGS_CHARACTERS = 4_096;

/** Clients take headers of some KiB only; where all together are too long each is cut, and the last ones left out, as Kubernetes does. */
function fittingWarnings(warnings: readonly string[]): string[] {
  const sum = (texts: readonly string[]): number => texts.reduce((total, { length }) => total + length, 0);
  if (sum(warnings) <= ALL_WARNINGS_CHARACTERS) return [...warnings];
  const cut = warnings.map((text) => text.slice(0, WARNING_CHARACTERS).toWellFormed());
  return cut.slice(0, Math.floor(ALL_WARNINGS_CHARACTERS / WARNING_CHARACTERS));
}

/** One line whatever is in the text; DEL is the only control character that JSON leaves as it is. */
function warningLine(text: string): string {
  return `299 - ${JSON.stringify(text).replaceAll('\u007f', String.raw`\u007f`)}`;
}
