import type { Category, StoredEvent } from '@skerry/ports/event-store/event-store';

const COLUMNS = [
  'position',
  'version',
  'channel_prev',
  'recorded_at',
  'event_id',
  'incarnation',
  'category',
  'channel',
  'stream',
  'type',
  'namespace',
  'uid',
  'cluster',
  'fleet',
  'site',
  'actor',
  'correlation_id',
  'causation_id',
  'traceparent',
  'previous_hash',
  'data',
];
/** In the form in which a row has them: to take times and bytes apart is work for the server, which waits while Node does not. */
const AS_READ: Readonly<Record<string, string>> = {
  recorded_at: 'floor(extract(epoch FROM e.recorded_at) * 1000)::bigint',
  previous_hash: `encode(e.previous_hash, 'hex')`,
};

/** Columns of an event, of the table that is called `e`, in the order that `eventOfRow` takes them. */
export const EVENT_COLUMNS = COLUMNS.map((column) => AS_READ[column] ?? `e.${column}`).join(', ');

/** Its data is its own: a part of it that a fold keeps would keep the piece of Node's pool in which the driver put it, 64 KiB. */
export const eventOfRow = (row: unknown[]): StoredEvent => eventOf(row, new Uint8Array(dataOf(row)));

/**
 * Of a page of many, whose data lies where the driver put it: a copy of each, an allocation of memory, takes longer than to decode
 * it. Whoever keeps bytes of it copies them (`ownBody`, a status); one that did not would keep the whole page.
 */
export const eventOfPageRow = (row: unknown[]): StoredEvent => {
  const { buffer, byteOffset, length } = dataOf(row);
  return eventOf(row, new Uint8Array(buffer, byteOffset, length));
};

const dataOf = (row: unknown[]): Buffer => row[20] as Buffer;

const eventOf = (row: unknown[], data: Uint8Array): StoredEvent => {
  const text = row as string[];
  const channel = text[7]!;
  return {
    position: row[0] as number,
    version: row[1] as number,
    channelPrev: row[2] as number,
    recordedAt: new Date(row[3] as number),
    eventId: text[4]!,
    incarnation: text[5]!,
    category: text[6] as Category,
    channel,
    partition: channel.slice(channel.indexOf('.') + 1),
    stream: text[8]!,
    type: text[9]!,
    namespace: text[10]!,
    uid: text[11]!,
    cluster: text[12]!,
    fleet: text[13]!,
    site: text[14]!,
    meta: { actor: text[15]!, correlationId: text[16]!, causationId: text[17]!, traceparent: text[18]! },
    previousHash: text[19]!,
    data,
  };
};
