import {
  keyOrder,
  type ObjectList,
  ObjectStoreError,
  type ListQuery,
  type StoredObject,
} from '@skerry/ports/object-store/object-store';
import { answer, collectionOf, type Exchange, isStoreError } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { expired, tooLargeVersion } from '../status-errors/errors.ts';
import { StatusError } from '../status-errors/status-error.ts';
import { representList } from '../table/represent.ts';
import { listQueryOf, matcherOf, type ObjectMatcher, writeToken } from './list-query.ts';

export async function list(exchange: Exchange): Promise<KubeResponse> {
  const matches = matcherOf(exchange);
  const query = listQueryOf(exchange);
  const page = await readPage(exchange, { query, matches });
  const metadata: Record<string, unknown> = { resourceVersion: page.version };
  if (page.next !== undefined) {
    metadata.continue = writeToken({ rv: page.version, start: page.next });
    if (matches === undefined) metadata.remainingItemCount = page.remaining;
  }
  return answer(exchange, 200, representList(exchange, { items: page.items, metadata }));
}

interface Page {
  readonly items: readonly StoredObject[];
  readonly version: string;
  readonly remaining: number;
  /** Key of the last item seen, if there may be more behind it. */
  readonly next: string | undefined;
}

interface PageRequest {
  readonly query: ListQuery;
  readonly matches: ObjectMatcher | undefined;
}

/** One page. With selectors the store is asked again, at the same version, until the page is full. */
async function readPage(exchange: Exchange, { query, matches }: PageRequest): Promise<Page> {
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const items: StoredObject[] = [];
  let asked = query;
  for (;;) {
    const found = await ask(exchange, asked);
    const { version } = found;
    let seen = 0;
    for (const stored of found.items) {
      if (items.length === limit) break;
      seen++;
      if (matches === undefined || matches(viewOf(exchange, stored))) items.push(stored);
    }
    const unread = found.items.length - seen + found.remaining;
    const last = found.items[seen - 1];
    const next = unread > 0 && last !== undefined ? keyOrder(last.key) : undefined;
    if (items.length === limit || next === undefined) return { items, version, remaining: unread, next };
    asked = { at: version, after: next, limit: query.limit };
  }
}

function viewOf(exchange: Exchange, stored: StoredObject): StoredObject['object'] {
  const { afterRead } = exchange.context.options;
  return afterRead === undefined ? stored.object : afterRead(stored, exchange.resource);
}

async function ask(exchange: Exchange, query: ListQuery): Promise<ObjectList> {
  const { store } = exchange.context;
  try {
    return await store.list(collectionOf(exchange), query);
  } catch (cause) {
    if (isStoreError(cause, 'too-new')) {
      throw tooLargeVersion(query.at ?? query.notOlderThan ?? '', await store.head());
    }
    if (isStoreError(cause, 'expired')) throw query.after === undefined ? tooOld() : await tokenTooOld(query);
    throw cause;
  }
}

function tooOld(): StatusError {
  return expired('The resourceVersion for the provided list is too old.');
}

/** The client may go on where it was, if it can live with a list that is not of one moment. */
async function tokenTooOld(query: ListQuery): Promise<Error> {
  if (query.after === undefined) return new ObjectStoreError('expired', 'the list expired');
  const { status } = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  const error = expired(status.message ?? '');
  Object.assign(error, {
    status: { ...status, metadata: { continue: writeToken({ rv: '', start: query.after }) } },
  });
  return error;
}
