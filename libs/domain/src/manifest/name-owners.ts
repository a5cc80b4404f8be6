import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { create } from '@skerry/contract/message';
import { ManifestDeletedSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { factsOfDeleted, type ManifestFacts } from './facts.ts';
import { manifestStream } from './manifest.ts';

/**
 * Whose a name is. Manifest streams are keyed by name and state is loaded from the last event of each stream, so the delete
 * of a uid that was made again under its name is not seen any more. That the name now belongs to another uid is the proof
 * of it: a stream gets another uid only after a delete. Mere absence of a manifest proves nothing.
 */
export class NameOwners {
  readonly #owners = new Map<string, string>();

  note(ref: ObjectRef): void {
    this.#owners.set(manifestStream(ref), ref.uid);
  }

  /** Nothing is left of this uid. Whoever has its name now keeps it. */
  forget(ref: ObjectRef): void {
    if (this.#owners.get(manifestStream(ref)) === ref.uid) this.#owners.delete(manifestStream(ref));
  }

  /** names whose owner is known */
  get size(): number {
    return this.#owners.size;
  }

  /**
   * The facts of a uid that was overtaken: deleted by its owner. undefined: nothing says so. What comes over another channel
   * may come before the uid's own manifest, and then its name still is its predecessor's: see `isConcluded`.
   */
  overtaken(ref: ObjectRef | undefined): ManifestFacts | undefined {
    if (!ref) return undefined;
    const owner = this.#owners.get(manifestStream(ref));
    if (owner === undefined || owner === ref.uid) return undefined;
    return factsOfDeleted(create(ManifestDeletedSchema, { ref, propagation: 'Background' }), 0);
  }
}

/** No event said so: a manifest of this uid, should one come, is the better proof. */
export const isConcluded = ({ deleted, version }: ManifestFacts): boolean => deleted && version === 0;
