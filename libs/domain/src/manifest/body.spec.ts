import { create } from '@skerry/contract/message';
import { BodySchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { ownBody } from './body.ts';

describe('a body that is kept', () => {
  it('has bytes of its own, not a part of what the event was read with', () => {
    const read = new TextEncoder().encode('before{"kind":"ConfigMap"}after');
    const body = create(BodySchema, { at: { case: 'inline', value: read.subarray(6, 26) } });
    const own = ownBody(body)!;
    expect(own).toEqual(body);
    expect((own.at.value as Uint8Array).buffer.byteLength).toBe(20);
  });

  it('is the same when it is a blob, or none', () => {
    const blob = create(BodySchema, { at: { case: 'blob', value: { id: 'b1' } } });
    expect(ownBody(blob)).toBe(blob);
    expect(ownBody(undefined)).toBeUndefined();
  });
});
