import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { compareVersions, type ObjectWatch, type StoredObject } from '@skerry/ports/object-store/object-store';
import { collectionOf, type Exchange, isStoreError, present } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { expired, tooLargeVersion } from '../status-errors/errors.ts';
import { forbiddenField } from '../status-errors/field-problems.ts';
import { matcherOf, refuseListOption, versionOf } from '../verbs/list-query.ts';
import { WatchStream } from './watch-stream.ts';

/** GET with `watch=true`: the changes to a collection, as a stream of JSON lines. */
export async function watch(exchange: Exchange): Promise<KubeResponse> {
  const { query, context } = exchange;
  const matches = matcherOf(exchange);
  const version = versionOf(exchange);
  const sendInitial = query.get('sendInitialEvents');
  checkInitialEvents(exchange);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  // Without a version, and with "any", a watch begins with what is there.
  const startWithState = sendInitial === 'true' || (sendInitial === null && (version === undefined || version === '0'));
  const initial = startWithState ? await context.store.list(collectionOf(exchange), notOlderThan(version)) : undefined;
  const from = initial?.version ?? (version === undefined || version === '0' ? await context.store.head() : version);
  const state = initial?.items.filter((item) => matches === undefined || matches(viewOf(exchange, item)));
  let changes: ObjectWatch;
  try {
    changes = await context.store.watch(collectionOf(exchange), from);
  } catch (cause) {
    if (isStoreError(cause, 'too-new')) throw tooLargeVersion(from, await context.store.head());
    if (!isStoreError(cause, 'expired')) throw cause;
    return gone(exchange, from);
  }
  const timeoutMs = timeoutOf(exchange);
  const stream = new WatchStream({
    exchange,
    changes,
    matches,
    state,
    stateVersion: from,
    bookmarks,
    endOfState: sendInitial === 'true' && bookmarks,
    timeoutMs,
  });
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
    body: '',
    stream,
  };
}

function viewOf(exchange: Exchange, stored: StoredObject): KubeObject {
  const { afterRead } = exchange.context.options;
  return afterRead === undefined ? stored.object : present(exchange, stored);
}

function notOlderThan(version: string | undefined): { notOlderThan?: string } {
  return version === undefined || version === '0' ? {} : { notOlderThan: version };
}

function checkInitialEvents({ query }: Exchange): void {
  const match = query.get('resourceVersionMatch') ?? '';
  if (query.get('sendInitialEvents') === null) {
    if (match !== '') {
      refuseListOption(
        forbiddenField(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      );
    }
  } else if (match !== 'NotOlderThan') {
    refuseListOption(
      forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  }
}

function timeoutOf(exchange: Exchange): number {
  const seconds = Number(exchange.query.get('timeoutSeconds') ?? '0');
  return seconds > 0 ? seconds * 1000 : (exchange.context.options.watchTimeoutMs ?? 1_800_000);
}

/** A version that is too old is told inside the stream, as Kubernetes does. */
async function gone(exchange: Exchange, from: string): Promise<KubeResponse> {
  const head = await exchange.context.store.head();
  const note = compareVersions(from, head) < 0 ? `${from} (${head})` : from;
  const { status } = expired(`too old resource version: ${note}`);
  const line = `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
  const stream = {
    close: () => {},
    async *[Symbol.asyncIterator]() {
      yield line;
    },
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '', stream };
}
