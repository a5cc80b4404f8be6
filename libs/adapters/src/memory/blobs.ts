import type { Keys } from '@skerry/ports/keys/keys';
import { type BlobShelf, ContentBlobs } from '../crypto/content-blobs.ts';

/** The bytes of blobs in memory. Tests may change them behind the port's back. */
export class MemoryBlobShelf implements BlobShelf {
  readonly bytes = new Map<string, Uint8Array>();

  async put(id: string, bytes: Uint8Array): Promise<void> {
    if (!this.bytes.has(id)) this.bytes.set(id, Uint8Array.from(bytes));
  }

  async get(id: string): Promise<Uint8Array | undefined> {
    return this.bytes.get(id);
  }
}

export const createMemoryBlobs = (keys: Keys, shelf: MemoryBlobShelf = new MemoryBlobShelf()): ContentBlobs =>
  new ContentBlobs(shelf, keys);
