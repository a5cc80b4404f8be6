import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { Keys } from '@skerry/ports/keys/keys';

export interface OpenedBlobs {
  readonly blobs: Blobs;
  readonly keys: Keys;
  /** the bytes as they lie in the store, and a way to spoil them */
  stored(id: string): Promise<Uint8Array | undefined>;
  spoil(id: string): Promise<void>;
  close(): Promise<void>;
}

const body = new TextEncoder().encode('{"kind":"ConfigMap","data":{"a":"b"}}');

/** What every blob store promises. */
export const blobsContract = (open: () => Promise<OpenedBlobs>): void => {
  let opened: OpenedBlobs;
  let blobs: Blobs;
  beforeEach(async () => {
    opened = await open();
    blobs = opened.blobs;
  });
  afterEach(() => opened.close());
  const same = (bytes: Uint8Array): void => expect(Buffer.from(bytes)).toEqual(Buffer.from(body));

  it('names a body by its content and gives it back', async () => {
    const ref = await blobs.put(body);
    expect(ref).toEqual({ id: createHash('sha256').update(body).digest('hex'), sealed: false, namespace: '' });
    expect(await blobs.put(body)).toEqual(ref);
    same(await blobs.get(ref));
  });

  it('keeps a body of several MiB', async () => {
    const large = new Uint8Array(3 << 20).map((_, i) => i * 31);
    expect(Buffer.from(await blobs.get(await blobs.put(large))).equals(large)).toBe(true);
  });

  it('keeps a sealed body under an id that does not give it away, and never in clear', async () => {
    const ref = await blobs.putSealed('shop', body);
    expect(ref).toMatchObject({ sealed: true, namespace: 'shop' });
    expect(ref.id).not.toBe((await blobs.put(body)).id);
    expect((await blobs.putSealed('shop', body)).id).toBe(ref.id);
    expect((await blobs.putSealed('bank', body)).id).not.toBe(ref.id);
    expect(Buffer.from((await opened.stored(ref.id))!).includes('ConfigMap')).toBe(false);
    same(await blobs.get(ref));
  });

  it('says when there is no such blob', async () => {
    const ref = { id: 'ab'.repeat(32), sealed: false, namespace: '' };
    await expect(blobs.get(ref)).rejects.toMatchObject({ name: 'TerminalFailure', code: 'blob-not-found' });
  });

  it.each([
    ['plain', () => blobs.put(body)],
    ['sealed', () => blobs.putSealed('shop', body)],
  ])('notices a spoilt %s body', async (_, put) => {
    const ref = await put();
    await opened.spoil(ref.id);
    await expect(blobs.get(ref)).rejects.toMatchObject({ name: 'TerminalFailure', code: 'blob-corrupt' });
  });

  it('cannot read a sealed body once the key is erased', async () => {
    const ref = await blobs.putSealed('shop', body);
    await opened.keys.erase('shop');
    await expect(blobs.get(ref)).rejects.toMatchObject({ name: 'TerminalFailure', code: 'key-erased' });
    same(await blobs.get(await blobs.putSealed('shop', body)));
  });
};
