import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Controller, ControlPlane } from '../control-plane.ts';
import { suffixFrom } from '../objects/names.ts';
import { isActive, isDeleting, isReady, ownerReference, podFrom } from '../objects/pod.ts';
import { controllerUid, isKind, PODS, type Ref, REPLICA_SETS } from '../objects/refs.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { Pod, Workload } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';

/** How many pods are made or deleted before others get their turn. */
const BURST = 200;

/** Keeps as many pods as a ReplicaSet wants. */
export class ReplicaSetController implements Controller {
  readonly name = 'replicaset';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, REPLICA_SETS)) {
      if (after !== undefined) this.#plane.mark(this.name, ref);
      return;
    }
    if (!isKind(key, PODS)) return;
    for (const pod of [before, after]) {
      const owner = pod === undefined ? undefined : this.#plane.mirror.refOfUid(controllerUid(pod));
      if (owner?.startsWith('apps/replicasets/') === true) this.#plane.mark(this.name, owner);
    }
  }

  async reconcile(ref: Ref): Promise<void> {
    const { mirror, counts } = this.#plane;
    const stored = mirror.get(ref);
    if (stored === undefined) return;
    const set = stored.object as Workload;
    const uid = set.metadata.uid ?? '';
    if (!isDeleting(set)) {
      if (set.status?.['observedGeneration'] !== set.metadata.generation) await this.#adopt(set);
      const wanted = set.spec.replicas ?? 1;
      const missing = wanted - counts.of(uid).active;
      if (missing > 0) await this.#makePods(set, missing);
      else if (missing < 0) await this.#deletePods(uid, -missing);
      if (Math.abs(missing) > BURST) this.#plane.mark(this.name, ref);
    }
    await this.#writeStatus(ref);
  }

  async #makePods(set: Workload, missing: number): Promise<void> {
    const { template } = set.spec;
    for (let index = 0; index < Math.min(missing, BURST); index++) {
      const name = `${set.metadata.name}-${suffixFrom(this.#plane.random)}`;
      await this.#plane.create(PODS, podFrom({ owner: set, ownerKind: REPLICA_SETS, template, name }));
    }
  }

  /** Those that serve least go first: not bound, not ready, then the youngest; names decide between equals. */
  async #deletePods(uid: string, surplus: number): Promise<void> {
    const { mirror } = this.#plane;
    const pods = [...mirror.dependentsOf(uid)].flatMap((ref) => {
      const stored = mirror.get(ref);
      return stored !== undefined && isKind(stored.key, PODS) && isActive(stored.object as Pod) ? [stored] : [];
    });
    pods.sort(byUsefulness);
    for (const pod of pods.slice(0, Math.min(surplus, BURST))) await this.#plane.delete(pod);
  }

  async #adopt(set: Workload): Promise<void> {
    const { mirror } = this.#plane;
    for (const ref of [...mirror.orphansIn(set.metadata.namespace ?? '')]) {
      const pod = mirror.get(ref);
      if (pod === undefined || !isKind(pod.key, PODS) || !isActive(pod.object as Pod)) continue;
      if (!matchesSelector(pod.object.metadata.labels ?? {}, set.spec.selector)) continue;
      const ownerReferences = [...(pod.object.metadata.ownerReferences ?? []), ownerReference(set, REPLICA_SETS)];
      await this.#plane.update(pod, { ...pod.object, metadata: { ...pod.object.metadata, ownerReferences } });
    }
  }

  async #writeStatus(ref: Ref): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const { uid = '', generation = 0 } = stored.object.metadata;
    const { active, ready, terminating } = this.#plane.counts.of(uid);
    await this.#plane.updateStatus(stored, {
      replicas: active,
      ...(active === 0 ? {} : { fullyLabeledReplicas: active }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
      terminatingReplicas: terminating,
      observedGeneration: generation,
    });
  }
}

const rankOf = ({ object }: StoredObject): number => {
  const pod = object as Pod;
  return pod.spec.nodeName ? (isReady(pod) ? 2 : 1) : 0;
};

const byUsefulness = (a: StoredObject, b: StoredObject): number => {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  const [left, right] = [String(a.object.metadata.creationTimestamp), String(b.object.metadata.creationTimestamp)];
  if (left !== right) return left > right ? -1 : 1;
  return a.key.name < b.key.name ? -1 : 1;
};
