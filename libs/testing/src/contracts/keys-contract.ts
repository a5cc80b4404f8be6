import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Keys } from '@skerry/ports/keys/keys';

export interface OpenedKeys {
  readonly keys: Keys;
  close(): Promise<void>;
}

const plain = new TextEncoder().encode('a password');
const context = 'secret shop/db';

/** What every key store promises. */
export const keysContract = (open: () => Promise<OpenedKeys>): void => {
  let opened: OpenedKeys;
  let keys: Keys;
  beforeEach(async () => {
    opened = await open();
    keys = opened.keys;
  });
  afterEach(() => opened.close());
  const seal = (namespace = 'shop'): Promise<Uint8Array> => keys.seal(namespace, { plain, context });

  it('opens what it sealed, and seals the same text differently each time', async () => {
    const [one, two] = [await seal(), await seal()];
    expect(Buffer.from(await keys.open('shop', { sealed: one, context }))).toEqual(Buffer.from(plain));
    expect(Buffer.from(one)).not.toEqual(Buffer.from(two));
    expect(Buffer.from(one).includes(Buffer.from(plain))).toBe(false);
  });

  it('seals an empty text', async () => {
    const sealed = await keys.seal('shop', { plain: new Uint8Array(), context });
    expect(await keys.open('shop', { sealed, context })).toHaveLength(0);
  });

  it.each([
    ['a changed byte', (sealed: Uint8Array) => sealed.with(20, sealed[20]! ^ 1), 'shop', context],
    ['a changed nonce', (sealed: Uint8Array) => sealed.with(5, sealed[5]! ^ 1), 'shop', context],
    ['a cut text', (sealed: Uint8Array) => sealed.slice(0, -1), 'shop', context],
    ['a few bytes', () => new Uint8Array(3), 'shop', context],
    ['another context', (sealed: Uint8Array) => sealed, 'shop', 'secret shop/other'],
    ['another namespace', (sealed: Uint8Array) => sealed, 'bank', context],
  ])('does not open with %s', async (_, change, namespace, asked) => {
    const sealed = await seal();
    await seal('bank');
    const opening = keys.open(namespace, { sealed: change(sealed), context: asked });
    await expect(opening).rejects.toMatchObject({ name: 'TerminalFailure', code: 'not-authentic' });
  });

  it('gives equal texts equal digests inside a namespace only', async () => {
    const digest = await keys.digest('shop', plain);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await keys.digest('shop', plain)).toBe(digest);
    expect(await keys.digest('bank', plain)).not.toBe(digest);
    expect(await keys.digest('shop', new Uint8Array([1]))).not.toBe(digest);
  });

  it('makes everything of an erased namespace unreadable for good, also after it is used again', async () => {
    const [old, other] = [await seal(), await seal('bank')];
    const digest = await keys.digest('shop', plain);
    await keys.erase('shop');
    const opening = { sealed: old, context };
    await expect(keys.open('shop', opening)).rejects.toMatchObject({ code: 'key-erased' });
    const fresh = await seal();
    await expect(keys.open('shop', opening)).rejects.toMatchObject({ code: 'key-erased' });
    expect(Buffer.from(await keys.open('shop', { sealed: fresh, context }))).toEqual(Buffer.from(plain));
    expect(Buffer.from(await keys.open('bank', { sealed: other, context }))).toEqual(Buffer.from(plain));
    expect(await keys.digest('shop', plain)).not.toBe(digest);
  });

  it('makes one data key when many begin at once', async () => {
    const sealed = await Promise.all(Array.from({ length: 8 }, () => seal('new')));
    for (const text of sealed)
      expect(Buffer.from(await keys.open('new', { sealed: text, context }))).toEqual(Buffer.from(plain));
  });
};
