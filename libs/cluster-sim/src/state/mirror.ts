import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { compareVersions, type ObjectKey, type StoredObject } from '@skerry/ports/object-store/object-store';
import { controllerUid, isKind, type Kind, PODS, type Ref, REPLICA_SETS, refOf } from '../objects/refs.ts';
import { isDeleting } from '../objects/pod.ts';

/** What one write did. `before` is absent for a new object, `after` for one that is gone. */
export interface Change {
  readonly ref: Ref;
  readonly key: ObjectKey;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

export interface Written {
  readonly stored: StoredObject;
  readonly gone: boolean;
}

const NONE: ReadonlySet<Ref> = new Set();

/** The newest state of everything in the cluster, with the indexes that controllers ask for. Shares its objects with the store. */
export class Mirror {
  readonly #objects = new Map<Ref, StoredObject>();
  readonly #byUid = new Map<string, Ref>();
  readonly #dependents = new Index();
  readonly #namespaces = new Index();
  readonly #kinds = new Index();
  /** pods and ReplicaSets without a controller, by namespace: those that another may adopt */
  readonly #orphans = new Index();

  get(ref: Ref): StoredObject | undefined {
    return this.#objects.get(ref);
  }

  find(kind: Kind, at: { readonly namespace: string; readonly name: string }): StoredObject | undefined {
    return this.#objects.get(refOf({ ...kind, ...at }));
  }

  refOfUid(uid: string): Ref | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects that name this uid as an owner. */
  dependentsOf(uid: string): ReadonlySet<Ref> {
    return this.#dependents.get(uid);
  }

  inNamespace(namespace: string): ReadonlySet<Ref> {
    return this.#namespaces.get(namespace);
  }

  ofKind(kind: Kind): ReadonlySet<Ref> {
    return this.#kinds.get(`${kind.group}/${kind.resource}`);
  }

  orphansIn(namespace: string): ReadonlySet<Ref> {
    return this.#orphans.get(namespace);
  }

  get all(): Iterable<StoredObject> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether something new may be made there. */
  takesObjects(namespace: string): boolean {
    const stored = this.#objects.get(refOf({ group: '', resource: 'namespaces', namespace: '', name: namespace }));
    return stored !== undefined && !isDeleting(stored.object);
  }

  /** Takes a write in; undefined if something newer is known already. */
  fold({ stored, gone }: Written): Change | undefined {
    const { key } = stored;
    const ref = refOf(key);
    const known = this.#objects.get(ref);
    if (known !== undefined && compareVersions(known.version, stored.version) >= 0) return undefined;
    if (known === undefined && gone) return undefined;
    const before = known?.object;
    const after = gone ? undefined : stored.object;
    if (after === undefined) this.#objects.delete(ref);
    else this.#objects.set(ref, stored);
    if (before?.metadata.uid !== after?.metadata.uid) {
      if (before !== undefined) this.#byUid.delete(before.metadata.uid ?? '');
      if (after !== undefined) this.#byUid.set(after.metadata.uid ?? '', ref);
    }
    if ((before === undefined) !== (after === undefined)) this.#cameOrWent(ref, { key, here: after !== undefined });
    this.#indexOwners(ref, { key, before, after });
    return { ref, key, before, after };
  }

  #cameOrWent(ref: Ref, { key, here }: { key: ObjectKey; here: boolean }): void {
    this.#kinds.set(`${key.group}/${key.resource}`, { ref, here });
    if (key.namespace !== '') this.#namespaces.set(key.namespace, { ref, here });
  }

  #indexOwners(ref: Ref, { key, before, after }: Omit<Change, 'ref'>): void {
    const owners = after?.metadata.ownerReferences ?? [];
    for (const { uid } of before?.metadata.ownerReferences ?? []) {
      if (!owners.some((owner) => owner.uid === uid)) this.#dependents.set(uid, { ref, here: false });
    }
    for (const { uid } of owners) this.#dependents.set(uid, { ref, here: true });
    if (!isKind(key, PODS) && !isKind(key, REPLICA_SETS)) return;
    const isOrphan = after !== undefined && controllerUid(after) === '';
    this.#orphans.set(key.namespace, { ref, here: isOrphan });
  }
}

/** Sets of refs by a text; empty ones are forgotten. */
class Index {
  readonly #sets = new Map<string, Set<Ref>>();

  get(key: string): ReadonlySet<Ref> {
    return this.#sets.get(key) ?? NONE;
  }

  set(key: string, { ref, here }: { ref: Ref; here: boolean }): void {
    const set = this.#sets.get(key);
    if (here) {
      if (set === undefined) this.#sets.set(key, new Set([ref]));
      else set.add(ref);
    } else if (set?.delete(ref) === true && set.size === 0) {
      this.#sets.delete(key);
    }
  }
}
