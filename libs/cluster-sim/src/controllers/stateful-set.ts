import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Controller, ControlPlane } from '../control-plane.ts';
import { isDeleting, isOver, isReady, ownerReference, podFrom } from '../objects/pod.ts';
import { controllerUid, isKind, PODS, type Ref, refOf, STATEFUL_SETS } from '../objects/refs.ts';
import { matchesSelector } from '../objects/selectors.ts';
import { templateHash } from '../objects/template-hash.ts';
import type { Pod, Workload } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';

const REVISION = 'controller-revision-hash';

/** Pods with names and an order: made from the first ordinal up, removed from the last down, one after another. */
export class StatefulSetController implements Controller {
  readonly name = 'statefulset';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, STATEFUL_SETS)) {
      if (after !== undefined) this.#plane.mark(this.name, ref);
      return;
    }
    if (!isKind(key, PODS)) return;
    for (const pod of [before, after]) {
      const owner = pod === undefined ? undefined : this.#plane.mirror.refOfUid(controllerUid(pod));
      if (owner?.startsWith('apps/statefulsets/') === true) this.#plane.mark(this.name, owner);
    }
    if (after === undefined) this.#nameCameFree(key);
  }

  /** A set may wait for the name of a pod that belonged to another one: to its predecessor, which was deleted. */
  #nameCameFree({ namespace, name }: Change['key']): void {
    const dash = name.lastIndexOf('-');
    const ref = refOf({ ...STATEFUL_SETS, namespace, name: name.slice(0, dash) });
    if (dash > 0 && this.#plane.mirror.get(ref) !== undefined) this.#plane.mark(this.name, ref);
  }

  async reconcile(ref: Ref): Promise<void> {
    const set = this.#plane.mirror.get(ref)?.object as Workload | undefined;
    if (set === undefined) return;
    if (!isDeleting(set)) {
      if (set.status?.['observedGeneration'] !== set.metadata.generation) await this.#adopt(set);
      await this.#step(set);
    }
    await this.#writeStatus(ref);
  }

  /** Does what may be done now; the change that it waits for brings it back here. */
  async #step(set: Workload): Promise<void> {
    const pods = this.#podsOf(set);
    const oneByOne = set.spec.podManagementPolicy !== 'Parallel';
    const { start, end } = rangeOf(set);
    for (let ordinal = start; ordinal < end; ordinal++) {
      const stored = pods.get(ordinal);
      if (stored === undefined) await this.#make(set, ordinal);
      else if (!isDeleting(stored.object) && isOver(stored.object as Pod)) await this.#plane.delete(stored);
      else if (isServing(stored)) continue;
      if (oneByOne) return;
    }
    const surplus = [...pods.keys()].filter((ordinal) => ordinal < start || ordinal >= end).sort((a, b) => b - a);
    for (const ordinal of surplus) {
      await this.#plane.delete(pods.get(ordinal)!);
      if (oneByOne) return;
    }
    await this.#replaceOutdated(set, pods);
  }

  /** From the last ordinal down to the partition; the next one only when its successor is ready again. */
  async #replaceOutdated(set: Workload, pods: ReadonlyMap<number, StoredObject>): Promise<void> {
    const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
    if (type === 'OnDelete') return;
    const { start, end } = rangeOf(set);
    const revision = revisionOf(set);
    for (let ordinal = end - 1; ordinal >= Math.max(start, rollingUpdate?.partition ?? 0); ordinal--) {
      const stored = pods.get(ordinal);
      if (stored === undefined) return;
      if (stored.object.metadata.labels?.[REVISION] !== revision) return this.#plane.delete(stored);
      if (!isServing(stored)) return;
    }
  }

  async #make(set: Workload, ordinal: number): Promise<void> {
    const name = `${set.metadata.name}-${ordinal}`;
    const labels = {
      [REVISION]: revisionOf(set),
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    };
    const spec = { hostname: name, ...(set.spec['serviceName'] ? { subdomain: set.spec['serviceName'] } : {}) };
    const { template } = set.spec;
    await this.#plane.create(PODS, podFrom({ owner: set, ownerKind: STATEFUL_SETS, template, name, labels, spec }));
  }

  async #adopt(set: Workload): Promise<void> {
    const { mirror } = this.#plane;
    for (const ref of [...mirror.orphansIn(set.metadata.namespace ?? '')]) {
      const pod = mirror.get(ref);
      if (pod === undefined || !isKind(pod.key, PODS) || ordinalOf(set, pod.key.name) === undefined) continue;
      if (!matchesSelector(pod.object.metadata.labels ?? {}, set.spec.selector)) continue;
      const ownerReferences = [...(pod.object.metadata.ownerReferences ?? []), ownerReference(set, STATEFUL_SETS)];
      await this.#plane.update(pod, { ...pod.object, metadata: { ...pod.object.metadata, ownerReferences } });
    }
  }

  #podsOf(set: Workload): Map<number, StoredObject> {
    const pods = new Map<number, StoredObject>();
    for (const ref of this.#plane.mirror.dependentsOf(set.metadata.uid ?? '')) {
      const stored = this.#plane.mirror.get(ref);
      const ordinal = stored === undefined ? undefined : ordinalOf(set, stored.key.name);
      if (stored !== undefined && ordinal !== undefined && isKind(stored.key, PODS)) pods.set(ordinal, stored);
    }
    return pods;
  }

  async #writeStatus(ref: Ref): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const set = stored.object as Workload;
    const pods = [...this.#podsOf(set).values()];
    const updateRevision = revisionOf(set);
    const updated = pods.filter(({ object }) => object.metadata.labels?.[REVISION] === updateRevision).length;
    // The count of a StatefulSet includes pods that are on their way out, as in Kubernetes.
    const ready = pods.filter(({ object }) => isReady(object as Pod)).length;
    const before = (set.status ?? {}) as { currentRevision?: string };
    const isRolledOut = updated === pods.length && pods.length === (set.spec.replicas ?? 1) && ready === pods.length;
    const currentRevision = isRolledOut ? updateRevision : (before.currentRevision ?? updateRevision);
    const current = pods.filter(({ object }) => object.metadata.labels?.[REVISION] === currentRevision).length;
    await this.#plane.updateStatus(stored, {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      ...(ready === 0 ? {} : { readyReplicas: ready }),
      availableReplicas: ready,
      ...(current === 0 ? {} : { currentReplicas: current }),
      ...(updated === 0 ? {} : { updatedReplicas: updated }),
      currentRevision,
      updateRevision,
      collisionCount: 0,
    });
  }
}

const isServing = ({ object }: StoredObject): boolean => !isDeleting(object) && isReady(object as Pod);

const revisionOf = ({ metadata, spec }: Workload): string => `${metadata.name}-${templateHash(spec.template)}`;

const rangeOf = ({ spec }: Workload): { start: number; end: number } => {
  const start = spec.ordinals?.start ?? 0;
  return { start, end: start + (spec.replicas ?? 1) };
};

/** The number behind the set's name; undefined for a name that is none of its. */
const ordinalOf = ({ metadata }: Workload, podName: string): number | undefined => {
  const prefix = `${metadata.name}-`;
  const digits = podName.startsWith(prefix) ? podName.slice(prefix.length) : '';
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
};
