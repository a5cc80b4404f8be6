import { describe, expect, it } from '@jest/globals';
import { headers, type MsgHdrsImpl } from '@nats-io/nats-core';
import { Kind, MsgImpl, Parser } from '@nats-io/nats-core/internal';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { eventOf } from '@skerry/testing/builders/append';
import { storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { eventOfMessage, headersOf, placeOfMessage, placeOnArrival, ROW_FIELDS } from './event-message.ts';

const event = storedEventOf(7, eventOf('scale-größe/x y'), { fleet: 'nord/süd', site: 'a%b' });
const subject = 'ev.scale.1.shop.u';
const data = event.data;
const ROW = ROW_FIELDS.map(([name]) => name);

const headerOf = (of: StoredEvent): Uint8Array => (headersOf(of) as MsgHdrsImpl).encode();

/** A message as the server sends it. */
const wireOf = (header: Uint8Array | undefined, body: Uint8Array): Buffer => {
  const size = (header?.length ?? 0) + body.length;
  const line = header ? `HMSG ${subject} 1 $JS.ACK.x ${header.length} ${size}` : `MSG ${subject} 1 $JS.ACK.x ${size}`;
  return Buffer.concat([Buffer.from(`${line}\r\n`), header ?? Buffer.alloc(0), body, Buffer.from('\r\n')]);
};

/** The messages as the client hands them out when its socket reads these pieces. */
const arrivals = (...pieces: readonly Uint8Array[]): MsgImpl[] => {
  const messages: MsgImpl[] = [];
  const push = (found: { kind: Kind; msg?: unknown; data?: Uint8Array }): void => {
    if (found.kind === Kind.MSG) messages.push(new MsgImpl(found.msg as never, found.data!, {} as never));
  };
  const parser = new Parser({ push } as never);
  for (const piece of pieces) parser.parse(Uint8Array.from(piece));
  return messages;
};

describe('a message on the bus', () => {
  it('is the event that was put there', () => {
    expect(eventOfMessage({ subject, headers: headersOf(event), data })).toEqual(event);
  });

  it('shares no memory with the message, of which the connection has read many at once', () => {
    const piece = Buffer.concat([Buffer.alloc(65_536), data]);
    const taken = eventOfMessage({ subject, headers: headersOf(event), data: piece.subarray(65_536) });
    expect(taken.data).toEqual(data);
    expect(taken.data.buffer.byteLength).toBe(data.byteLength);
  });

  it.each([
    ['position', 'x', 'a whole number from 1 on'],
    ['position', '0', 'a whole number from 1 on'],
    ['position', '1e99', 'a whole number from 1 on'],
    ['version', 'two', 'a whole number from 1 on'],
    ['channel-prev', '-1', 'a whole number from 0 on'],
    ['channel', '', '<category>.<partition>'],
    ['channel', 'dream.1', '<category>.<partition>'],
    ['incarnation', '', 'a text that is not empty'],
    ['uid', '%ff', 'text, percent-encoded'],
    ['ce-id', '', 'a text that is not empty'],
    ['ce-type', '', 'a text that is not empty'],
    ['ce-subject', '%', 'text, percent-encoded'],
    ['ce-time', 'noon', 'a time of RFC 3339'],
    ['ce-source', '/skerry', '/skerry/<fleet>/<site>, percent-encoded'],
    ['ce-source', '/skerry/%ff/site', '/skerry/<fleet>/<site>, percent-encoded'],
  ])('whose %s is "%s" is no event, which is said with what is allowed', (name, value, allowed) => {
    const spoilt = headersOf(event);
    const at = ROW.indexOf(name);
    if (at < 0) spoilt.set(name, value);
    else spoilt.set('skerry-row', spoilt.get('skerry-row').split(' ').with(at, value).join(' '));
    expect(() => eventOfMessage({ subject, headers: spoilt, data })).toThrow(
      expect.objectContaining({
        code: 'message-unreadable',
        message: expect.stringContaining(`${subject} has ${name} "${value}", allowed is ${allowed}; `),
      }),
    );
  });

  it.each([
    ['no headers', undefined],
    ['none of ours', headers()],
  ])('with %s is no event', (_what, given) => {
    expect(() => eventOfMessage({ subject, headers: given, data })).toThrow('a message on the bus is no event');
  });

  it('says where it stands, also in the words of before', () => {
    const place = { position: 7, incarnation: event.incarnation };
    expect(placeOfMessage(headersOf(event))).toEqual(place);
    const before = headers();
    before.set('skerry-position', '7');
    before.set('skerry-incarnation', event.incarnation);
    expect(placeOfMessage(before)).toEqual(place);
    expect(placeOfMessage(undefined)).toEqual({ position: 0, incarnation: '' });
  });

  it('says on its arrival where it stands, wherever what the socket read was cut', () => {
    const other = storedEventOf(8, eventOf('scale-u'));
    const read = Buffer.concat([wireOf(headerOf(other), other.data), wireOf(headerOf(event), data)]);
    for (let cut = 0; cut < read.length; cut += 1) {
      const places = arrivals(read.subarray(0, cut), read.subarray(cut)).map(placeOnArrival);
      expect(places.map(({ position }) => position)).toEqual([8, 7]);
    }
    const [, whole] = arrivals(read);
    expect(placeOnArrival({ subject, data: whole!.data }).position).toBe(7); // no header was taken apart for it
  });

  it.each([
    ['no header', undefined, 0],
    ['none of ours', 'NATS/1.0\r\nx: y\r\n\r\n', 0],
    ['a status and none of ours', 'NATS/1.0 503 nobody\r\n\r\n', 0],
    ['a line that looks like a beginning', 'NATS/1.0\r\nskerry-row: 3 a\r\nx: NATS/1.0\r\nskerry-row: 4 b\r\n\r\n', 3],
  ])('with %s is not taken for the one before it, nor for what that one carries', (_what, header, position) => {
    const forged = Buffer.from('\r\nNATS/1.0\r\nx: y\r\nskerry-row: 5 evil');
    const [, message] = arrivals(
      wireOf(headerOf(event), forged),
      wireOf(header === undefined ? header : Buffer.from(header), Buffer.from('z')),
    );
    expect(placeOnArrival(message!).position).toBe(position);
    expect(placeOfMessage(message!.headers).position).toBe(position);
  });
});
