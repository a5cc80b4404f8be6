import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Keys } from '@skerry/ports/keys/keys';

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/** A data key as stored: wrapped by the master key, or undefined once it was erased. */
export interface StoredKey {
  readonly generation: number;
  readonly wrapped: Uint8Array | undefined;
}

/** Where wrapped data keys are kept. */
export interface KeyShelf {
  /** the key of this generation, default the newest; undefined when there is none */
  find(namespace: string, generation?: number): Promise<StoredKey | undefined>;
  /** keeps the key unless that generation exists already; who comes second reads what the first wrote */
  add(namespace: string, key: { generation: number; wrapped: Uint8Array }): Promise<void>;
  /** forgets the bytes of all keys of the namespace and keeps their generations */
  erase(namespace: string): Promise<void>;
}

/**
 * The port `keys` over a shelf of wrapped keys. Nothing unwrapped is kept between calls, so an erase by another process
 * holds here at once. A namespace that is used again after `erase` gets a key of the next generation; the first two
 * bytes of the nonce name the generation (10 random bytes remain), so that old texts are told from changed ones.
 */
export class DataKeys implements Keys {
  readonly #master: Uint8Array;
  readonly #shelf: KeyShelf;

  constructor(master: Uint8Array, shelf: KeyShelf) {
    this.#master = master;
    this.#shelf = shelf;
  }

  async seal(namespace: string, sealing: { plain: Uint8Array; context: string }): Promise<Uint8Array> {
    const { key, generation } = await this.#currentKey(namespace);
    return encrypt(key, { plain: sealing.plain, context: sealing.context, generation });
  }

  async open(namespace: string, opening: { sealed: Uint8Array; context: string }): Promise<Uint8Array> {
    const { sealed } = opening;
    if (sealed.byteLength < NONCE_BYTES + TAG_BYTES) throw notAuthentic(namespace, `${sealed.byteLength} bytes only`);
    const generation = (sealed[0]! << 8) | sealed[1]!;
    const stored = await this.#shelf.find(namespace, generation);
    if (!stored) throw notAuthentic(namespace, `no data key of generation ${generation}`);
    if (!stored.wrapped) {
      throw new TerminalFailure(`the data key of namespace ${JSON.stringify(namespace)} was erased`, {
        code: 'key-erased',
      });
    }
    return decrypt(this.#unwrap(namespace, stored.wrapped), { sealed, context: opening.context, namespace });
  }

  async digest(namespace: string, plain: Uint8Array): Promise<string> {
    const { key } = await this.#currentKey(namespace);
    const derived = new Uint8Array(hkdfSync('sha256', key, '', 'skerry digest', 32));
    return createHmac('sha256', derived).update(plain).digest('hex');
  }

  async erase(namespace: string): Promise<void> {
    await this.#shelf.erase(namespace);
  }

  async #currentKey(namespace: string): Promise<{ key: Uint8Array; generation: number }> {
    const newest = await this.#shelf.find(namespace);
    if (newest?.wrapped) return { key: this.#unwrap(namespace, newest.wrapped), generation: newest.generation };
    const generation = (newest?.generation ?? 0) + 1;
    const context = `data key of ${namespace}`;
    await this.#shelf.add(namespace, {
      generation,
      wrapped: encrypt(this.#master, { plain: randomBytes(32), context, generation: 0 }),
    });
    return await this.#currentKey(namespace);
  }

  #unwrap(namespace: string, wrapped: Uint8Array): Uint8Array {
    try {
      return decrypt(this.#master, { sealed: wrapped, context: `data key of ${namespace}`, namespace });
    } catch (cause) {
      throw new TerminalFailure(`the data key of namespace ${JSON.stringify(namespace)} does not fit the master key`, {
        code: 'wrong-master-key',
        cause,
      });
    }
  }
}

const encrypt = (
  key: Uint8Array,
  { plain, context, generation }: { plain: Uint8Array; context: string; generation: number },
): Uint8Array => {
  const nonce = randomBytes(NONCE_BYTES);
  nonce.writeUInt16BE(generation, 0);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const decrypt = (
  key: Uint8Array,
  { sealed, context, namespace }: { sealed: Uint8Array; context: string; namespace: string },
): Uint8Array => {
  const end = sealed.byteLength - TAG_BYTES;
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(NONCE_BYTES, end)), cipher.final()]);
  } catch (cause) {
    throw notAuthentic(namespace, 'bytes, context or namespace differ from when it was sealed', cause);
  }
};

const notAuthentic = (namespace: string, why: string, cause?: unknown): TerminalFailure =>
  new TerminalFailure(`a sealed text of namespace ${JSON.stringify(namespace)} cannot be trusted: ${why}`, {
    code: 'not-authentic',
    cause,
  });
