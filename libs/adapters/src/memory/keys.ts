import { randomBytes } from 'node:crypto';
import type { Keys } from '@skerry/ports/keys/keys';
import { DataKeys, type KeyShelf, type StoredKey } from '../crypto/data-keys.ts';

/** Real AES-256-GCM under a master key that lives as long as the object. */
export const createMemoryKeys = (): Keys => new DataKeys(randomBytes(32), new MemoryKeyShelf());

class MemoryKeyShelf implements KeyShelf {
  readonly #keys = new Map<string, StoredKey[]>();

  async find(namespace: string, generation?: number): Promise<StoredKey | undefined> {
    const keys = this.#keys.get(namespace) ?? [];
    return generation === undefined ? keys.at(-1) : keys.find((key) => key.generation === generation);
  }

  async add(namespace: string, key: { generation: number; wrapped: Uint8Array }): Promise<void> {
    const keys = this.#keys.get(namespace) ?? [];
    if (!keys.some(({ generation }) => generation === key.generation)) this.#keys.set(namespace, [...keys, key]);
  }

  async erase(namespace: string): Promise<void> {
    const keys = this.#keys.get(namespace) ?? [];
    this.#keys.set(
      namespace,
      keys.map(({ generation }) => ({ generation, wrapped: undefined })),
    );
  }
}
