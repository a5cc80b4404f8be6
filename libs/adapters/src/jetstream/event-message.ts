import { headers, type MsgHdrs } from '@nats-io/nats-core';
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

export const eventOfMessage = (message: { headers?: MsgHdrs; data: Uint8Array }): StoredEvent => {
  const all = message.headers!;
  const text = (name: string): string => decode(all.get(name));
  const channel = text('skerry-channel');
  const dot = channel.indexOf('.');
  const [, , fleet, site] = all.get('ce-source').split('/');
  return {
    position: Number(all.get('skerry-position')),
    version: Number(all.get('skerry-version')),
    eventId: all.get('ce-id'),
    type: text('ce-type'),
    stream: text('ce-subject'),
    recordedAt: new Date(all.get('ce-time')),
    category: channel.slice(0, dot) as Category,
    channel,
    partition: channel.slice(dot + 1),
    channelPrev: Number(all.get('skerry-channel-prev')),
    incarnation: all.get('skerry-incarnation'),
    fleet: decodeURIComponent(fleet!),
    site: decodeURIComponent(site!),
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
