import { headers, type MsgHdrs } from '@nats-io/nats-core';
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

/** CloudEvents attributes (binary mode), `traceparent`, and what else a row has. */
export const headersOf = (event: StoredEvent): MsgHdrs => {
  const all = headers();
  all.set('ce-specversion', '1.0');
  all.set('ce-id', event.eventId);
  all.set('ce-source', `/skerry/${encodeURIComponent(event.fleet)}/${encodeURIComponent(event.site)}`);
  all.set('ce-type', encode(event.type));
  all.set('ce-subject', encode(event.stream));
  all.set('ce-time', event.recordedAt.toISOString());
  all.set('skerry-position', String(event.position));
  all.set('skerry-version', String(event.version));
  all.set('skerry-channel', encode(event.channel));
  all.set('skerry-channel-prev', String(event.channelPrev));
  all.set('skerry-incarnation', event.incarnation);
  all.set('skerry-correlation', encode(event.meta.correlationId));
  all.set('skerry-causation', encode(event.meta.causationId));
  all.set('skerry-actor', encode(event.meta.actor));
  if (event.meta.traceparent) all.set('traceparent', encode(event.meta.traceparent));
  if (event.namespace) all.set('skerry-namespace', encode(event.namespace));
  if (event.uid) all.set('skerry-uid', encode(event.uid));
  if (event.cluster) all.set('skerry-cluster', encode(event.cluster));
  if (event.previousHash) all.set('skerry-previous-hash', event.previousHash);
  return all;
};

/** Throws TerminalFailure `message-unreadable` that names the message, the header, its value and what is allowed. */
export const eventOfMessage = (message: EventMessage): StoredEvent => {
  const all = message.headers ?? headers();
  const text = (name: string): string => decoded(message, name);
  const channel = text('skerry-channel');
  const dot = channel.indexOf('.');
  const category = channel.slice(0, Math.max(0, dot));
  if (!isCategory(category)) throw unreadable(message, { name: 'skerry-channel', allowed: '<category>.<partition>' });
  const [fleet, site] = sourceOf(message);
  const recordedAt = new Date(all.get('ce-time'));
  if (Number.isNaN(recordedAt.getTime())) throw unreadable(message, { name: 'ce-time', allowed: 'a time of RFC 3339' });
  return {
    position: numberOf(message, { name: 'skerry-position', least: 1 }),
    version: numberOf(message, { name: 'skerry-version', least: 1 }),
    eventId: named(message, 'ce-id'),
    type: named(message, 'ce-type'),
    stream: named(message, 'ce-subject'),
    recordedAt,
    category,
    channel,
    partition: channel.slice(dot + 1),
    channelPrev: numberOf(message, { name: 'skerry-channel-prev', least: 0 }),
    incarnation: named(message, 'skerry-incarnation'),
    fleet,
    site,
    namespace: text('skerry-namespace'),
    uid: text('skerry-uid'),
    cluster: text('skerry-cluster'),
    previousHash: all.get('skerry-previous-hash'),
    meta: {
      actor: text('skerry-actor'),
      correlationId: text('skerry-correlation'),
      causationId: text('skerry-causation'),
      traceparent: text('traceparent'),
    },
    data: message.data,
  };
};

interface EventMessage {
  readonly subject: string;
  readonly headers?: MsgHdrs;
  readonly data: Uint8Array;
}

const isCategory = (text: string): text is Category => CATEGORIES.includes(text as Category);

const decoded = (message: EventMessage, name: string): string => {
  const found = message.headers?.get(name) ?? '';
  try {
    return decode(found);
  } catch (cause) {
    throw unreadable(message, { name, allowed: 'text, percent-encoded', cause });
  }
};

const sourceOf = (message: EventMessage): [fleet: string, site: string] => {
  const refused = { name: 'ce-source', allowed: '/skerry/<fleet>/<site>, percent-encoded' };
  try {
    const [, , fleet, site] = (message.headers?.get('ce-source') ?? '').split('/').map(decode);
    if (fleet !== undefined && site !== undefined) return [fleet, site];
  } catch (cause) {
    throw unreadable(message, { ...refused, cause });
  }
  throw unreadable(message, refused);
};

const named = (message: EventMessage, name: string): string => {
  const found = decoded(message, name);
  if (found === '') throw unreadable(message, { name, allowed: 'a text that is not empty' });
  return found;
};

const numberOf = (message: EventMessage, { name, least }: { name: string; least: number }): number => {
  const found = message.headers?.get(name) ?? '';
  const number = found === '' ? Number.NaN : Number(found);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw unreadable(message, { name, allowed: `a whole number from ${least} on` });
};

/** Starting the service anew mends it: state is read from the store then, and the bus from its end. */
const unreadable = (
  { subject, headers: all }: EventMessage,
  { name, allowed, cause }: { name: string; allowed: string; cause?: unknown },
): TerminalFailure =>
  new TerminalFailure(
    `a message on the bus is no event: ${subject} has ${name} "${all?.get(name) ?? ''}", allowed is ${allowed}; ` +
      'find out who publishes there, then start this service anew',
    { code: 'message-unreadable', cause },
  );
