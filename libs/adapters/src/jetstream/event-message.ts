import { headers, type MsgHdrs, MsgHdrsImpl } from '@nats-io/nats-core';
import { TerminalFailure } from '@skerry/kernel/errors';
import { CATEGORIES } from '@skerry/ports/event-store/event-store';
import type { Category, StoredEvent } from '@skerry/ports/event-store/event-store';

/** A token of a subject: what separates or matches tokens is escaped. Long names are cut; the headers have them whole. */
const MAX_TOKEN = 200;
const token = (text: string): string => (text === '' ? '_' : text.slice(0, MAX_TOKEN).replace(/[\s.*>%\0]/g, escape));
const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** `ev.<category>.<partition or cluster>.<namespace or _>.<uid>` */
export const subjectOf = (event: StoredEvent): string =>
  `ev.${event.category}.${token(event.partition)}.${token(event.namespace)}.${token(event.uid)}`;

/** Subjects of channels; `<category>.*` takes in the single channels of its category, which may not be named again. */
export const filtersOf = (channels: readonly string[]): string[] => {
  const whole = new Set(channels.filter((channel) => channel.endsWith('.*')).map((channel) => channel.slice(0, -2)));
  const filters = new Set([...whole].map((category) => `ev.${category}.>`));
  for (const channel of channels) {
    const dot = channel.indexOf('.');
    const category = channel.slice(0, dot);
    if (!whole.has(category)) filters.add(`ev.${category}.${token(channel.slice(dot + 1))}.>`);
  }
  return [...filters];
};

/** Header values are one line of visible characters: everything else travels percent-encoded. */
const PLAIN = /^[!-$&-~]*$/;
const encode = (text: string): string => (PLAIN.test(text) ? text : encodeURIComponent(text));
const decode = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);

/** What a row has besides its CloudEvents attributes, in one header: each header more costs every reader of every message. */
const ROW = 'skerry-row';
/** Its fields in their order, each with how it is written; read by name. Incarnation is never empty: nothing is trimmed off the end. */
export const ROW_FIELDS: readonly (readonly [name: string, write: (event: StoredEvent) => string | number])[] = [
  ['position', ({ position }) => position],
  ['version', ({ version }) => version],
  ['channel-prev', ({ channelPrev }) => channelPrev],
  ['channel', ({ channel }) => encode(channel)],
  ['namespace', ({ namespace }) => encode(namespace)],
  ['uid', ({ uid }) => encode(uid)],
  ['cluster', ({ cluster }) => encode(cluster)],
  ['actor', ({ meta }) => encode(meta.actor)],
  ['correlation', ({ meta }) => encode(meta.correlationId)],
  ['causation', ({ meta }) => encode(meta.causationId)],
  ['previous-hash', ({ previousHash }) => previousHash],
  ['incarnation', ({ incarnation }) => incarnation],
];
const AT = new Map(ROW_FIELDS.map(([name], index) => [name, index]));

const rowOf = (event: StoredEvent): string => ROW_FIELDS.map(([, write]) => write(event)).join(' ');

/**
 * Where a message stands in the store; position 0: it says nothing of that. Also of messages that were written before the
 * row had one header: a bus that is ahead of a restored store must be seen to be so by the version that comes after, too.
 */
export const placeOfMessage = (all: MsgHdrs | undefined): { position: number; incarnation: string } => {
  const fields = all?.get(ROW).split(' ') ?? [];
  const position = fields[0] || all?.get('skerry-position') || 0;
  return {
    position: Number(position),
    incarnation: fields[AT.get('incarnation')!] ?? all?.get('skerry-incarnation') ?? '',
  };
};

const VERSION = 'NATS/1.0';
const LINE_END = '\r\n';
const HEADER_END = '\r\n\r\n';
const ROW_LINE = `\n${ROW}: `;

/** Where the last line begins that is the version and no more; the end where the last that names the version is another. */
const headerBegin = (before: Buffer): number => {
  const at = before.lastIndexOf(VERSION);
  const isLine = at === 0 || before.toString('latin1', at - LINE_END.length, at) === LINE_END;
  const isAll = before.toString('latin1', at + VERSION.length, at + VERSION.length + LINE_END.length) === LINE_END;
  return at >= 0 && isLine && isAll ? at : before.length;
};

/**
 * The same of a message that has just come, without taking all its headers apart: whoever holds the row already needs no
 * more, and that is every reader in the process that appended it. The header lies right before the data in what was read.
 */
export const placeOnArrival = (message: EventMessage): ReturnType<typeof placeOfMessage> => {
  const { buffer, byteOffset } = message.data;
  const before = Buffer.from(buffer, 0, byteOffset);
  const header = before.subarray(headerBegin(before));
  const at = header.indexOf(ROW_LINE);
  // also where the client lays messages out in another way
  if (at < 0 || header.indexOf(HEADER_END) !== header.length - HEADER_END.length)
    return placeOfMessage(message.headers);
  const fields = header.toString('latin1', at + ROW_LINE.length, header.indexOf('\r', at)).split(' ');
  return { position: Number(fields[0]), incarnation: fields[AT.get('incarnation')!] ?? '' };
};

/**
 * CloudEvents attributes (binary mode), `traceparent`, what else a row has, and what is given besides. From a record, since the
 * client checks each header that is added against all others; here they are known to be different, and of one line.
 */
export const headersOf = (event: StoredEvent, besides: Readonly<Record<string, string[]>> = {}): MsgHdrs => {
  const { traceparent } = event.meta;
  return MsgHdrsImpl.fromRecord({
    'ce-specversion': ['1.0'],
    'ce-id': [event.eventId],
    'ce-source': [`/skerry/${encodeURIComponent(event.fleet)}/${encodeURIComponent(event.site)}`],
    'ce-type': [encode(event.type)],
    'ce-subject': [encode(event.stream)],
    'ce-time': [event.recordedAt.toISOString()],
    [ROW]: [rowOf(event)],
    ...(traceparent && { traceparent: [encode(traceparent)] }),
    ...besides,
  });
};

/** Throws TerminalFailure `message-unreadable` that names the message, the field, its value and what is allowed. */
export const eventOfMessage = ({ subject, headers: all = headers(), data }: EventMessage): StoredEvent => {
  const message = { subject, all, row: all.get(ROW).split(' ') };
  const text = (name: string): string => decoded(message, name);
  const channel = text('channel');
  const dot = channel.indexOf('.');
  const category = channel.slice(0, Math.max(0, dot));
  if (!isCategory(category)) throw unreadable(message, { name: 'channel', allowed: '<category>.<partition>' });
  const [fleet, site] = sourceOf(message);
  const recordedAt = new Date(all.get('ce-time'));
  if (Number.isNaN(recordedAt.getTime())) throw unreadable(message, { name: 'ce-time', allowed: 'a time of RFC 3339' });
  return {
    position: numberOf(message, { name: 'position', least: 1 }),
    version: numberOf(message, { name: 'version', least: 1 }),
    eventId: named(message, 'ce-id'),
    type: named(message, 'ce-type'),
    stream: named(message, 'ce-subject'),
    recordedAt,
    category,
    channel,
    partition: channel.slice(dot + 1),
    channelPrev: numberOf(message, { name: 'channel-prev', least: 0 }),
    incarnation: named(message, 'incarnation'),
    fleet,
    site,
    namespace: text('namespace'),
    uid: text('uid'),
    cluster: text('cluster'),
    previousHash: text('previous-hash'),
    meta: {
      actor: text('actor'),
      correlationId: text('correlation'),
      causationId: text('causation'),
      traceparent: text('traceparent'),
    },
    // its own: a part of it that a fold keeps would keep the whole piece of the stream in which the message came, 64 KiB
    data: new Uint8Array(data),
  };
};

interface EventMessage {
  readonly subject: string;
  readonly headers?: MsgHdrs;
  readonly data: Uint8Array;
}

const isCategory = (text: string): text is Category => CATEGORIES.includes(text as Category);

/** A message taken apart: a field is in the row or a header of its own. */
interface Parts {
  readonly subject: string;
  readonly all: MsgHdrs;
  readonly row: readonly string[];
}

const raw = ({ all, row }: Parts, name: string): string => {
  const at = AT.get(name);
  return at === undefined ? all.get(name) : (row[at] ?? '');
};

const decoded = (message: Parts, name: string): string => {
  try {
    return decode(raw(message, name));
  } catch (cause) {
    throw unreadable(message, { name, allowed: 'text, percent-encoded', cause });
  }
};

const sourceOf = (message: Parts): [fleet: string, site: string] => {
  const refused = { name: 'ce-source', allowed: '/skerry/<fleet>/<site>, percent-encoded' };
  try {
    const [, , fleet, site] = raw(message, 'ce-source').split('/').map(decode);
    if (fleet !== undefined && site !== undefined) return [fleet, site];
  } catch (cause) {
    throw unreadable(message, { ...refused, cause });
  }
  throw unreadable(message, refused);
};

const named = (message: Parts, name: string): string => {
  const found = decoded(message, name);
  if (found === '') throw unreadable(message, { name, allowed: 'a text that is not empty' });
  return found;
};

const numberOf = (message: Parts, { name, least }: { name: string; least: number }): number => {
  const found = raw(message, name);
  const number = found === '' ? Number.NaN : Number(found);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw unreadable(message, { name, allowed: `a whole number from ${least} on` });
};

/** Starting the service anew mends it: state is read from the store then, and the bus from its end. */
const unreadable = (
  message: Parts,
  { name, allowed, cause }: { name: string; allowed: string; cause?: unknown },
): TerminalFailure =>
  new TerminalFailure(
    `a message on the bus is no event: ${message.subject} has ${name} "${raw(message, name)}", allowed is ${allowed}; ` +
      'find out who publishes there, then start this service anew',
    { code: 'message-unreadable', cause },
  );
