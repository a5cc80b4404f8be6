import { hash } from 'node:crypto';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { BlobRef, Blobs } from '@skerry/ports/blobs/blobs';
import type { Keys } from '@skerry/ports/keys/keys';

/** Where the bytes of blobs are kept, by id. `put` of an id that exists changes nothing. */
export interface BlobShelf {
  put(id: string, bytes: Uint8Array): Promise<void>;
  get(id: string): Promise<Uint8Array | undefined>;
}

/** The port `blobs` over a shelf. Sealed bytes carry their id as authenticated context. */
export class ContentBlobs implements Blobs {
  readonly #shelf: BlobShelf;
  readonly #keys: Keys;

  constructor(shelf: BlobShelf, keys: Keys) {
    this.#shelf = shelf;
    this.#keys = keys;
  }

  async put(bytes: Uint8Array): Promise<BlobRef> {
    const id = hash('sha256', bytes, 'hex');
    await this.#shelf.put(id, bytes);
    return { id, sealed: false, namespace: '' };
  }

  async putSealed(namespace: string, bytes: Uint8Array): Promise<BlobRef> {
    const id = await this.#keys.digest(namespace, bytes);
    await this.#shelf.put(id, await this.#keys.seal(namespace, { plain: bytes, context: id }));
    return { id, sealed: true, namespace };
  }

  async get(ref: BlobRef): Promise<Uint8Array> {
    const bytes = await this.#shelf.get(ref.id);
    if (!bytes) throw new TerminalFailure(`there is no blob ${ref.id}`, { code: 'blob-not-found' });
    if (ref.sealed) return await this.#open(ref, bytes);
    if (hash('sha256', bytes, 'hex') !== ref.id) throw corrupt(ref);
    return bytes;
  }

  async #open(ref: BlobRef, sealed: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#keys.open(ref.namespace, { sealed, context: ref.id });
    } catch (cause) {
      if (cause instanceof TerminalFailure && cause.code === 'not-authentic') throw corrupt(ref, cause);
      throw cause;
    }
  }
}

const corrupt = (ref: BlobRef, cause?: unknown): TerminalFailure =>
  new TerminalFailure(`the bytes of blob ${ref.id} do not match its id`, { code: 'blob-corrupt', cause });
