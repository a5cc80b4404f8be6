/** Where the bytes of a body are. `sealed` blobs are encrypted under their namespace's data key. */
export interface BlobRef {
  /** SHA-256 of the bytes, hex; for sealed blobs an HMAC under the data key, so that equal secrets cannot be guessed */
  readonly id: string;
  readonly sealed: boolean;
  readonly namespace: string;
}

/**
 * Bodies by content: the same bytes are stored once. `put` is durable when it returns and comes before the event that
 * names it. `get` throws TerminalFailure `blob-not-found`, `blob-corrupt` (bytes do not match the id) or `key-erased`.
 */
export interface Blobs {
  put(bytes: Uint8Array): Promise<BlobRef>;
  putSealed(namespace: string, bytes: Uint8Array): Promise<BlobRef>;
  get(ref: BlobRef): Promise<Uint8Array>;
}
