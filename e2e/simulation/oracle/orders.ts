/** What a user ordered of one name, as answered by the hub. */
export interface Order {
  readonly name: string;
  readonly kind: string;
  readonly uid: string;
  readonly group: string;
  readonly replicas: number;
  readonly image: string;
  readonly deleted: boolean;
}

/** What people and trouble makers did, as far as promises depend on it. */
export class Orders {
  /** by name: the last that was answered */
  readonly present = new Map<string, Order>();
  /** names with a write under way, of which nobody knows yet whether it was done */
  readonly open = new Set<string>();
  /** when the hub was restored last; undefined: never */
  restoredMs: number | undefined;
  /** clusters in which a person confirmed the last restore */
  readonly confirmed = new Set<string>();
  /** members that were set back, and when */
  readonly membersRestoredMs = new Map<string, number>();

  #showsIn: (cluster: string) => boolean = () => false;

  /** `showsIn`: whether the syncers of that cluster can know of it. */
  hubRestored(atMs: number, showsIn: (cluster: string) => boolean): void {
    this.restoredMs = atMs;
    this.#showsIn = showsIn;
    this.confirmed.clear();
  }

  /** A person has not yet let this cluster go by a restored hub. */
  waitsForPerson(cluster: string): boolean {
    return this.#showsIn(cluster) && !this.confirmed.has(cluster);
  }
}
