import { describe, expect, it } from '@jest/globals';
import { headers, type MsgHdrsImpl } from '@nats-io/nats-core';
import { eventOf } from '@skerry/testing/builders/append';
import { storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { eventOfMessage, headersOf, placeOfMessage, placeOnArrival, ROW_FIELDS } from './event-message.ts';

const event = storedEventOf(7, eventOf('scale-größe/x y'), { fleet: 'nord/süd', site: 'a%b' });
const subject = 'ev.scale.1.shop.u';
const data = event.data;
const ROW = ROW_FIELDS.map(([name]) => name);

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

  it('says on its arrival where it stands by the bytes before its data, whatever came before', () => {
    const header = (headersOf(event) as MsgHdrsImpl).encode();
    const came = (...parts: Uint8Array[]) => {
      const read = Buffer.concat([...parts, data]);
      return { subject, data: read.subarray(read.length - data.length) };
    };
    const place = { position: 7, incarnation: event.incarnation };
    expect(placeOnArrival(came(header))).toEqual(place);
    expect(placeOnArrival(came(header, data, Buffer.from('HMSG x 1 5 10\r\n'), header))).toEqual(place);
    const other = (headersOf(storedEventOf(8, eventOf('scale-u'))) as MsgHdrsImpl).encode();
    expect(placeOnArrival(came(other, data, Buffer.from('\r\n'), header)).position).toBe(7);
    expect(placeOnArrival({ ...came(other, data, Buffer.from('MSG x 1 5\r\n')), headers: headersOf(event) })).toEqual(
      place,
    );
    expect(placeOnArrival(came(other, Buffer.from('NATS/1.0\r\n\r\n'))).position).toBe(0);
    expect(placeOnArrival(came()).position).toBe(0);
  });
});
