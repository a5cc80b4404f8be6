import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { StoredObject } from '@skerry/ports/object-store/object-store';
import { type Exchange, header, present } from '../exchange.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { columnDefinitions, rowOf } from './table.ts';

/** The forms in which a client may ask for objects. */
export type Representation = 'object' | 'table' | 'metadata';

const chosen = new Map<string, Representation>();

/** The first form in the Accept header that is served here. */
export function representationOf(exchange: Exchange): Representation {
  const accept = header(exchange, 'accept');
  if (!accept.includes('as=')) return 'object';
  let form = chosen.get(accept);
  if (form === undefined) {
    form = choose(accept);
    // Clients send a handful of headers; a hostile one shall not fill the memory.
    if (chosen.size < 1000) chosen.set(accept, form);
  }
  return form;
}

function choose(accept: string): Representation {
  for (const part of accept.split(',')) {
    const [media = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(rest.map((piece) => piece.split('=', 2) as [string, string]));
    if (media !== 'application/json' && media !== '*/*' && media !== 'application/*') continue;
    const as = parameters.get('as');
    if (as === undefined) return 'object';
    if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') continue;
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  return 'object';
}

/** One object in the form that the client asked for. */
export function represent(exchange: Exchange, object: KubeObject, headers = true): unknown {
  const form = representationOf(exchange);
  if (form === 'metadata') return partial(object);
  if (form === 'object') return object;
  const { resourceVersion } = object.metadata;
  return table(exchange, { objects: [object], metadata: { resourceVersion }, headers });
}

function partial({ metadata }: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

interface ListToShow {
  readonly items: readonly StoredObject[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A list in the form that the client asked for. */
export function representList(exchange: Exchange, { items, metadata }: ListToShow): unknown {
  const { resource } = exchange;
  const form = representationOf(exchange);
  const objects = items.map((stored) => present(exchange, stored));
  if (form === 'table') return table(exchange, { objects, metadata, headers: true });
  if (form === 'metadata') {
    const partials = objects.map(partial);
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: partials };
  }
  const shown = resource.builtIn ? objects.map(withoutType) : objects;
  return { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items: shown };
}

/** Items of a built-in list are all of one kind; Kubernetes does not repeat it. */
function withoutType({ apiVersion: _v, kind: _k, ...rest }: KubeObject): unknown {
  return rest;
}

interface TableToShow {
  readonly objects: readonly KubeObject[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly headers: boolean;
}

function table(exchange: Exchange, { objects, metadata, headers }: TableToShow): unknown {
  const { resource, query, context } = exchange;
  const include = query.get('includeObject') ?? 'Metadata';
  const now = context.environment.now();
  const rows = objects.map((object) => ({
    cells: rowOf(resource, object, now),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : partial(object) }),
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: headers ? columnDefinitions(resource) : null,
    rows,
  };
}
