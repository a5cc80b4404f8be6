import type { Refusal } from './member/kube-calls.ts';

/**
 * Bodies that the member will never take, by uid: one of two megabytes must not be sent again and again only to be refused.
 * Another body is another question. Kept in memory alone, so that a start of the syncer asks once more: a member's limit can
 * be raised.
 */
export class RefusedBodies {
  readonly #refused = new Map<string, { readonly hash: string; readonly refusal: Refusal }>();

  note(uid: string, { hash, refusal }: { hash: string; refusal: Refusal }): void {
    this.#refused.set(uid, { hash, refusal });
  }

  of(uid: string, hash: string): Refusal | undefined {
    const found = this.#refused.get(uid);
    return found?.hash === hash ? found.refusal : undefined;
  }

  forget(uid: string): void {
    this.#refused.delete(uid);
  }
}
