import { toJson } from '@skerry/contract/message';
import { decodeEvent, schemaOf } from '@skerry/domain/codec';
import { CATEGORIES, type Category, type EventStore, type StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Clock } from '@skerry/ports/clock/clock';
import { numberOf, type Query, QueryRefused } from './route.ts';

const PAGE = 500;
const POLL_MS = 250;
const KEEP_ALIVE_MS = 15_000;

interface Filter {
  readonly categories: readonly Category[] | undefined;
  readonly matches: (row: StoredEvent) => boolean;
}

/** `category` (several with commas), `namespace`, `uid`, `cluster`. */
const filterOf = (parameters: URLSearchParams): Filter => {
  const asked = parameters.get('category')?.split(',');
  const unknown = asked?.find((category) => !(CATEGORIES as readonly string[]).includes(category));
  if (unknown !== undefined) throw new QueryRefused(400, `category=${unknown}: allowed: ${CATEGORIES.join(', ')}`);
  const fields = (['namespace', 'uid', 'cluster'] as const).filter((field) => parameters.has(field));
  return {
    categories: asked as Category[] | undefined,
    matches: (row) => fields.every((field) => row[field] === parameters.get(field)),
  };
};

const toText = (row: StoredEvent): string => {
  const event = decodeEvent(row);
  const body = {
    position: row.position,
    type: event.type,
    stream: row.stream,
    version: row.version,
    namespace: row.namespace,
    uid: row.uid,
    cluster: row.cluster,
    author: row.meta.actor,
    at: row.recordedAt.toISOString(),
    data: toJson(schemaOf(event.type), event.data),
  };
  return `id: ${row.position}\nevent: ${event.type}\ndata: ${JSON.stringify(body)}\n\n`;
};

/**
 * Server-sent events from a position on, for ever. `id` is the position: a client that comes back with `Last-Event-ID`
 * (or `from`) gets what follows it, none missed, none twice. `follow=false` ends at the head.
 */
export const streamEvents = async (
  { events, clock }: { events: EventStore; clock: Clock },
  { query, lastEventId }: { query: Query; lastEventId: string | undefined },
): Promise<void> => {
  const { parameters, response, gone } = query;
  const filter = filterOf(parameters);
  let after =
    lastEventId !== undefined && /^\d+$/.test(lastEventId)
      ? Number(lastEventId)
      : numberOf(parameters, { name: 'from', otherwise: 0 });
  const follow = parameters.get('follow') !== 'false';
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  let saidMs = clock.monotonicMs();
  while (!gone.aborted) {
    const range = await events.read({ after, limit: PAGE, categories: filter.categories });
    for (const row of range.events) {
      if (gone.aborted) return;
      if (filter.matches(row) && !response.write(toText(row))) await drained(response, gone);
    }
    after = range.through;
    if (range.events.length > 0) saidMs = clock.monotonicMs();
    if (range.events.length === PAGE) continue;
    if (!follow) break;
    if (clock.monotonicMs() - saidMs > KEEP_ALIVE_MS) {
      response.write(': keep-alive\n\n');
      saidMs = clock.monotonicMs();
    }
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
  response.end();
};

const drained = (response: Query['response'], gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
