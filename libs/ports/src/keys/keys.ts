/**
 * Data keys, one per namespace, wrapped by a master key that never leaves the adapter.
 * AES-256-GCM; `seal` gives nonce ‖ ciphertext ‖ tag, with `context` as authenticated data.
 * `erase` makes everything that was ever sealed for the namespace unreadable, for good: `open` then throws
 * TerminalFailure `key-erased`; a changed or foreign text throws TerminalFailure `not-authentic`.
 */
export interface Keys {
  seal(namespace: string, sealing: { plain: Uint8Array; context: string }): Promise<Uint8Array>;
  open(namespace: string, opening: { sealed: Uint8Array; context: string }): Promise<Uint8Array>;
  /** keyed digest (HMAC-SHA-256, hex) under a key derived from the namespace's data key */
  digest(namespace: string, plain: Uint8Array): Promise<string>;
  erase(namespace: string): Promise<void>;
}
