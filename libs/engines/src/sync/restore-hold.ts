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

type Stage = 'none' | 'waits' | 'confirmed' | 'over';

/** What lives here, by hub uid, and whether the hub knows it. */
export interface LivingObjects {
  readonly living: Iterable<string>;
  readonly isKnown: (uid: string) => boolean;
}

/**
 * After a restore the hub knows an older state than its clusters have. Until a person confirms, nothing that lives is
 * changed or deleted, and what lives is reported as held, so that the hub raises told to it. After the confirmation each
 * object waits until that has been done: otherwise a quick confirmation would lower counts to those of the backup. That
 * goes for whatever lives, also when it is found later: not all kinds can be listed at any time.
 */
export class RestoreHold {
  readonly #cluster: string;
  #stage: Stage = 'none';
  /** hub uids that go by the hub: told has reached them, or they were made here since the restore */
  readonly #free = new Set<string>();
  /** when it is over: hub uids that lived here and that the hub had not heard of */
  readonly #kept = new Set<string>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** The hub has another incarnation than the one that this cluster was last driven by. */
  begin(): void {
    this.#stage = 'waits';
    this.#free.clear();
    this.#kept.clear();
  }

  get waitsForPerson(): boolean {
    return this.#stage === 'waits';
  }

  confirm(): void {
    this.#stage = 'confirmed';
  }

  /** This syncer made it, as the hub told: no backup has less of it. */
  made(uid: string): void {
    if (this.#stage === 'waits' || this.#stage === 'confirmed') this.#free.add(uid);
  }

  /** Nothing lives under this uid any more, and the hub does not know it. */
  forget(uid: string): void {
    this.#free.delete(uid);
    this.#kept.delete(uid);
  }

  /** Whether what lives under this uid is to be reported as held. */
  keeps(uid: string): boolean {
    return this.#stage === 'waits' || this.#isKept(uid);
  }

  /** Whether nothing that lives and that the hub knows is kept. Ask only when all that lives is known. */
  isOver({ living, isKnown }: LivingObjects): boolean {
    if (this.#stage !== 'confirmed') return false;
    for (const uid of living) if (isKnown(uid) && this.#isKept(uid)) return false;
    return true;
  }

  /** Keeps from now on only what lives and what the hub had not heard of yet. */
  end({ living, isKnown }: LivingObjects): void {
    if (this.#stage === 'none' || this.#stage === 'over') return;
    for (const uid of living) if (!isKnown(uid) && !this.#free.has(uid)) this.#kept.add(uid);
    this.#free.clear();
    this.#stage = 'over';
  }

  /** Empty: it may be changed and deleted; otherwise what that waits for. Lets go of an object that told has reached. */
  holdOf(object: KeptObject): string {
    if (this.#stage === 'waits') {
      return `the hub was restored from a backup; nothing is changed or deleted until: skerry confirm restore ${this.#cluster}`;
    }
    if (!this.#isKept(object.uid)) return '';
    const reached = object.told !== undefined && object.told >= object.lives;
    // a namespace has no count: it goes only when it is empty
    if (!reached && !object.ownersDelete && !object.isNamespace) {
      return `the hub was restored from a backup and has not yet taken over the ${object.lives} that live here`;
    }
    if (this.#stage === 'confirmed') this.#free.add(object.uid);
    else this.#kept.delete(object.uid);
    return '';
  }

  #isKept(uid: string): boolean {
    return this.#stage === 'confirmed' ? !this.#free.has(uid) : this.#kept.has(uid);
  }
}
