import { describe, expect, it } from '@jest/globals';
import { create, toBinary } from '@skerry/contract/message';
import {
  type BlobRef,
  BlobRefSchema,
  type ObjectRef,
  ObjectRefSchema,
} from '@skerry/contract/generated/skerry/v1/common_pb';
import { createDecoder } from './upcast.ts';

/** A fixture: once `BlobNamed` was written, since then `ObjectNamed` says the same and more. */
type Current = { readonly type: 'ObjectNamed'; readonly data: ObjectRef };

const decode = createDecoder<Current, { BlobNamed: typeof BlobRefSchema; ObjectNamed: typeof ObjectRefSchema }>({
  schemas: { BlobNamed: BlobRefSchema, ObjectNamed: ObjectRefSchema },
  upcasters: {
    BlobNamed: ({ id, namespace }: BlobRef) => ({
      type: 'ObjectNamed',
      data: create(ObjectRefSchema, { uid: id, namespace, kind: 'Blob' }),
    }),
  },
});

describe('an event that was stored as an old type', () => {
  it('is read as the current one', () => {
    const data = toBinary(BlobRefSchema, create(BlobRefSchema, { id: 'b1', namespace: 'shop' }));
    const { type, data: read } = decode({ type: 'BlobNamed', data });
    expect([type, read.$typeName, read.uid, read.namespace, read.kind]).toEqual([
      'ObjectNamed',
      'skerry.v1.ObjectRef',
      'b1',
      'shop',
      'Blob',
    ]);
  });

  it('leaves events of current types as they are', () => {
    const data = toBinary(ObjectRefSchema, create(ObjectRefSchema, { uid: 'u1', name: 'web' }));
    expect(decode({ type: 'ObjectNamed', data }).data).toEqual(create(ObjectRefSchema, { uid: 'u1', name: 'web' }));
  });
});

it('a type that was never written stops the reader, with the types that it knows', () => {
  expect(() => decode({ type: 'PlaceNamed', data: new Uint8Array() })).toThrow(
    'event type PlaceNamed is not known to this version; known: BlobNamed, ObjectNamed',
  );
});

it('bytes that are no such message stop the reader', () => {
  expect(() => decode({ type: 'BlobNamed', data: Uint8Array.from([0xff, 0xff]) })).toThrow();
});
