/**
 * Which clusters need which namespace: those that hold, or still have to give up, anything in it. So a namespace comes
 * along with its first object and goes after its last, without anybody placing it.
 */
export class NamespaceDemand {
  readonly #uids = new Map<string, string>();
  /** namespace → cluster → uids that need it */
  readonly #needs = new Map<string, Map<string, Set<string>>>();

  exists(name: string, uid: string): void {
    this.#uids.set(name, uid);
  }

  gone(name: string, uid: string): void {
    if (this.#uids.get(name) === uid) this.#uids.delete(name);
  }

  /** Answers the uid of the namespace when the set of clusters that need it has changed. */
  need(place: { namespace: string; cluster: string; uid: string }, needed: boolean): string | undefined {
    if (place.namespace === '') return undefined;
    const clusters = this.#needs.get(place.namespace) ?? new Map<string, Set<string>>();
    this.#needs.set(place.namespace, clusters);
    const uids = clusters.get(place.cluster) ?? new Set<string>();
    const before = uids.size > 0;
    if (needed) uids.add(place.uid);
    else uids.delete(place.uid);
    if (uids.size > 0) clusters.set(place.cluster, uids);
    else clusters.delete(place.cluster);
    if (clusters.size === 0) this.#needs.delete(place.namespace);
    return before === uids.size > 0 ? undefined : this.#uids.get(place.namespace);
  }

  /** namespaces that exist or that something needs */
  get size(): number {
    return this.#uids.size + this.#needs.size;
  }

  clustersOf(namespace: string): readonly string[] {
    return [...(this.#needs.get(namespace)?.keys() ?? [])].sort();
  }
}
