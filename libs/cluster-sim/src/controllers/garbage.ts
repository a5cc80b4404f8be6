import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Controller, ControlPlane } from '../control-plane.ts';
import { isDeleting } from '../objects/pod.ts';
import type { Ref } from '../objects/refs.ts';
import type { Change } from '../state/mirror.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** What belongs to an object goes with it: after it (background), before it (foreground), or not at all (orphan). */
export class GarbageCollector implements Controller {
  readonly name = 'garbage';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ ref, before, after }: Change): void {
    const { mirror } = this.#plane;
    if (after === undefined || (before !== undefined && before.metadata.uid !== after.metadata.uid)) {
      for (const dependent of mirror.dependentsOf(before?.metadata.uid ?? '')) this.#plane.mark(this.name, dependent);
    }
    if (after === undefined || before?.metadata.ownerReferences !== after.metadata.ownerReferences) {
      for (const { uid } of before?.metadata.ownerReferences ?? []) this.#markWaiting(mirror.refOfUid(uid));
    }
    if (after === undefined) return;
    const { finalizers = [], ownerReferences = [] } = after.metadata;
    if (isDeleting(after) && (finalizers.includes(FOREGROUND) || finalizers.includes(ORPHAN))) {
      this.#plane.mark(this.name, ref);
    } else if (ownerReferences.some(({ uid }) => mirror.refOfUid(uid) === undefined)) {
      this.#plane.mark(this.name, ref);
    }
  }

  async reconcile(ref: Ref): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const { finalizers = [] } = stored.object.metadata;
    if (isDeleting(stored.object) && finalizers.includes(ORPHAN)) return this.#orphan(stored);
    if (isDeleting(stored.object) && finalizers.includes(FOREGROUND)) return this.#deleteDependents(stored);
    await this.#judgeOwners(stored);
  }

  /** An owner that waits for its dependents looks again. */
  #markWaiting(owner: Ref | undefined): void {
    const stored = owner === undefined ? undefined : this.#plane.mirror.get(owner);
    if (stored?.object.metadata.finalizers?.includes(FOREGROUND) === true) this.#plane.mark(this.name, owner!);
  }

  async #orphan(stored: StoredObject): Promise<void> {
    const { uid = '' } = stored.object.metadata;
    for (const dependent of this.#dependentsOf(uid)) await this.#withoutOwners(dependent, (owner) => owner === uid);
    await this.#plane.dropFinalizer(stored, ORPHAN);
  }

  async #deleteDependents(stored: StoredObject): Promise<void> {
    const { uid = '' } = stored.object.metadata;
    const { mirror } = this.#plane;
    for (const dependent of this.#dependentsOf(uid)) {
      const foreground = mirror.dependentsOf(dependent.object.metadata.uid ?? '').size > 0;
      await this.#plane.delete(dependent, { foreground });
    }
    const blocks = ({ object }: StoredObject): boolean =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) ?? false;
    if (!this.#dependentsOf(uid).some(blocks)) await this.#plane.dropFinalizer(stored, FOREGROUND);
  }

  async #judgeOwners(stored: StoredObject): Promise<void> {
    const owners = stored.object.metadata.ownerReferences ?? [];
    const isAbsent = (uid: string): boolean => this.#plane.mirror.refOfUid(uid) === undefined;
    const absent = owners.filter(({ uid }) => isAbsent(uid));
    if (absent.length === 0) return;
    if (absent.length < owners.length) await this.#withoutOwners(stored, isAbsent);
    else await this.#plane.delete(stored);
  }

  async #withoutOwners(stored: StoredObject, isUnwanted: (uid: string) => boolean): Promise<void> {
    const { ownerReferences = [], ...rest } = stored.object.metadata;
    const left = ownerReferences.filter(({ uid }) => !isUnwanted(uid));
    const metadata = left.length === 0 ? rest : { ...rest, ownerReferences: left };
    await this.#plane.update(stored, { ...stored.object, metadata });
  }

  #dependentsOf(uid: string): StoredObject[] {
    const { mirror } = this.#plane;
    return [...mirror.dependentsOf(uid)].flatMap((ref) => mirror.get(ref) ?? []);
  }
}
