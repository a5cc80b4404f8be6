import type { StoredObject } from '@skerry/ports/object-store/object-store';
import { answer, collectionOf, type Exchange } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { StatusError } from '../status-errors/status-error.ts';
import { representList } from '../table/represent.ts';
import { deleteObject, readDeleteOptions } from './delete.ts';
import { matcherOf } from './list-query.ts';

/** Deletes every object that the selectors choose, one after another; what others deleted meanwhile is passed over. */
export async function deleteCollection(exchange: Exchange): Promise<KubeResponse> {
  const options = readDeleteOptions(exchange);
  const matches = matcherOf(exchange);
  const { store } = exchange.context;
  const found = await store.list(collectionOf(exchange), {});
  const chosen = found.items.filter((stored) => matches === undefined || matches(stored.object));
  const deleted: StoredObject[] = [];
  for (const stored of chosen) {
    const { namespace } = stored.key;
    const inItsNamespace = { ...exchange, path: { ...exchange.path, namespace } };
    try {
      await deleteObject(inItsNamespace, { name: stored.key.name, options });
      deleted.push(stored);
    } catch (cause) {
      if (!(cause instanceof StatusError) || cause.status.code !== 404) throw cause;
    }
  }
  const metadata = { resourceVersion: found.version };
  return answer(exchange, 200, representList(exchange, { items: deleted, metadata }));
}
