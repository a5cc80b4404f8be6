/** What one look at an object of the member has to know of the hub's order for it. */
export interface KeptObject {
  readonly uid: string;
  readonly isNamespace: boolean;
  /** replicas that live here; 1 for a kind without a count */
  readonly lives: number;
  /** replicas that the hub tells; undefined: it tells nothing here */
  readonly told: number | undefined;
  /** the hub's owner ordered it gone */
  readonly ownersDelete: boolean;
}

type Stage = 'none' | 'waits' | 'confirmed';

/**
 * After a restore the hub knows an older state than its clusters have. Until a person confirms, nothing that lives is
 * changed or deleted, and what lives is reported as held, so that the hub raises told to it. After the confirmation each
 * object waits until that has been done: otherwise a quick confirmation would lower counts to those of the backup.
 */
export class RestoreHold {
  readonly #cluster: string;
  #stage: Stage = 'none';
  /** hub uids that lived here at the confirmation and that told has not reached yet */
  readonly #kept = new Set<string>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** The hub has another incarnation than the one that this cluster was last driven by. */
  begin(): void {
    this.#stage = 'waits';
  }

  get waitsForPerson(): boolean {
    return this.#stage === 'waits';
  }

  /** `living`: the hub uids that live here now. */
  confirm(living: Iterable<string>): void {
    this.#stage = 'confirmed';
    for (const uid of living) this.#kept.add(uid);
  }

  /** Whether what lives under this uid is to be reported as held. */
  keeps(uid: string): boolean {
    return this.#stage === 'waits' || this.#kept.has(uid);
  }

  /** Whether the restore is over for everything that the hub knows. Objects that it does not know wait for a person. */
  isOver(isKnown: (uid: string) => boolean): boolean {
    return this.#stage === 'confirmed' && ![...this.#kept].some(isKnown);
  }

  /** Empty: it may be changed and deleted; otherwise what that waits for. Lets go of an object that told has reached. */
  holdOf(object: KeptObject): string {
    if (this.#stage === 'waits') {
      return `the hub was restored from a backup; nothing is changed or deleted until: skerry confirm restore ${this.#cluster}`;
    }
    if (!this.#kept.has(object.uid)) return '';
    const reached = object.told !== undefined && object.told >= object.lives;
    // a namespace has no count: it goes only when it is empty
    if (!reached && !object.ownersDelete && !object.isNamespace) {
      return `the hub was restored from a backup and has not yet taken over the ${object.lives} that live here`;
    }
    this.#kept.delete(object.uid);
    return '';
  }
}
