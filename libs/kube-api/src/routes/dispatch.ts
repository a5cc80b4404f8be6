import { type Exchange, strategyOf } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { badRequest, methodNotAllowed, pathNotFound } from '../status-errors/errors.ts';
import { create } from '../verbs/create.ts';
import { deleteCollection } from '../verbs/delete-collection.ts';
import { remove } from '../verbs/delete.ts';
import { finalize } from '../verbs/finalize.ts';
import { get } from '../verbs/get.ts';
import { list } from '../verbs/list.ts';
import { patch } from '../verbs/patch.ts';
import { scale } from '../verbs/scale.ts';
import { update } from '../verbs/update.ts';
import { watch } from '../watch/watch.ts';

type Verb = (exchange: Exchange) => Promise<KubeResponse>;

const onCollection: Readonly<Record<string, readonly [string, Verb]>> = {
  GET: ['list', list],
  POST: ['create', create],
  DELETE: ['deletecollection', deleteCollection],
};

const onObject: Readonly<Record<string, readonly [string, Verb]>> = {
  GET: ['get', get],
  PUT: ['update', update],
  PATCH: ['patch', patch],
  DELETE: ['delete', remove],
};

function isWatch(exchange: Exchange): boolean {
  const value = exchange.query.get('watch');
  return value !== null && value !== 'false' && value !== '0';
}

/** The verb of the request as authorisation names it. */
export function verbOf(exchange: Exchange): string {
  const { request, path } = exchange;
  if (path.name === '' && request.method === 'GET' && isWatch(exchange)) return 'watch';
  const table = path.name === '' ? onCollection : onObject;
  return (table[request.method] ?? table['GET'])?.[0] ?? '';
}

/** Hands the request to its verb. */
export async function dispatch(exchange: Exchange): Promise<KubeResponse> {
  const { request, path, resource } = exchange;
  if (path.subresource === 'finalize' && strategyOf(exchange).keepsWhileDeleting !== undefined)
    return finalize(exchange);
  if (path.subresource !== '' && !resource.subresources.includes(path.subresource)) throw pathNotFound();
  if (!resource.namespaced && path.namespace !== '') throw pathNotFound();
  if (path.name === '') return onWholeCollection(exchange);
  if (resource.namespaced && path.namespace === '') throw pathNotFound();
  if (path.subresource === 'scale') return scale(exchange);
  const found = onObject[request.method];
  if (found === undefined || (path.subresource === 'status' && request.method === 'DELETE')) throw methodNotAllowed();
  return found[1](exchange);
}

async function onWholeCollection(exchange: Exchange): Promise<KubeResponse> {
  const { request, path, resource } = exchange;
  if (request.method === 'GET' && isWatch(exchange)) return watch(exchange);
  const found = onCollection[request.method];
  if (found === undefined) throw methodNotAllowed();
  const [verb, act] = found;
  if (!resource.verbs.includes(verb)) throw methodNotAllowed();
  if (verb !== 'list' && resource.namespaced && path.namespace === '') {
    if (verb === 'create') throw badRequest('the path of a namespaced object names its namespace');
    throw methodNotAllowed();
  }
  return act(exchange);
}
