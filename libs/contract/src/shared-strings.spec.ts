import * as fc from 'fast-check';
import { type ObjectRef, ObjectRefSchema } from './generated/skerry/v1/common_pb.ts';
import { create, fromBinary, toBinary } from './message.ts';

const nameOf = (name: string): Uint8Array => toBinary(ObjectRefSchema, create(ObjectRefSchema, { name }));
const decoded = (bytes: Uint8Array): ObjectRef => fromBinary(ObjectRefSchema, bytes);

describe('texts of messages', () => {
  it('are what was written, whatever was read before', () => {
    const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }), fc.uuid());
    fc.assert(
      fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
        const written = texts.map((one) => one.toWellFormed());
        const read = [...written, ...written].map((one) => decoded(nameOf(one)).name);
        expect(read).toEqual([...written, ...written]);
      }),
      { numRuns: 500 },
    );
  });

  it('of the same place among those that were met before are told apart', () => {
    const names = Array.from({ length: 40_000 }, (_, at) => `web-${at}`); // far more than there are places
    expect([...names, ...names].filter((name) => decoded(nameOf(name)).name !== name)).toEqual([]);
  });

  it('that are no UTF-8 say so, and are nobody else’s', () => {
    const bytes = nameOf('a');
    decoded(bytes);
    const broken = Uint8Array.from(bytes, (byte) => (byte === 0x61 ? 0xff : byte));
    expect(() => decoded(broken)).toThrow();
    expect(decoded(bytes).name).toBe('a');
  });

  it('that end before they are whole are refused', () => {
    const bytes = nameOf('a name');
    expect(() => decoded(bytes.subarray(0, bytes.length - 2))).toThrow();
  });
});
