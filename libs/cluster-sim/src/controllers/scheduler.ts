import type { Controller, ControlPlane } from '../control-plane.ts';
import { withCondition } from '../objects/conditions.ts';
import { isDeleting, isOver, type Requests, requestsOf } from '../objects/pod.ts';
import { isKind, NODES, PODS, type Ref } from '../objects/refs.ts';
import type { Pod } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';
import { Capacity } from './capacity.ts';

const WAITING = 'waiting';
/** How many waiting pods are placed before others get their turn. */
const BURST = 200;

/**
 * Puts pods on nodes: where they may be and fit, the emptiest first. Pods that ask for the same are one shape: when one of
 * them fits nowhere the others need not be tried until some room comes free.
 */
export class Scheduler implements Controller {
  readonly name = 'scheduler';
  readonly #plane: ControlPlane;
  readonly #capacity = new Capacity();
  readonly #occupied = new Map<Ref, { readonly node: string; readonly requests: Requests }>();
  readonly #waiting = new Map<string, Set<Ref>>();
  /** shape → why it fits nowhere */
  readonly #hopeless = new Map<string, string>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, NODES)) {
      this.#capacity.setNode(key.name, after);
      this.#roomCame();
    } else if (isKind(key, PODS)) {
      const pod = after as Pod | undefined;
      this.#seesPod(ref, pod);
      // One that was found to fit nowhere waits for room; its own changes are no reason to try again.
      const isNew = before === undefined || pod?.status?.conditions === undefined;
      if (isNew && pod !== undefined && isUnbound(pod)) this.#plane.mark(this.name, ref);
    }
  }

  async reconcile(ref: Ref): Promise<void> {
    if (ref === WAITING) return this.#retry();
    const pod = this.#plane.mirror.get(ref)?.object as Pod | undefined;
    if (pod === undefined || !isUnbound(pod)) return;
    await this.#place(ref, shapeOf(pod));
  }

  #seesPod(ref: Ref, pod: Pod | undefined): void {
    const node = pod === undefined || isOver(pod) ? undefined : pod.spec.nodeName;
    const held = this.#occupied.get(ref);
    if (held !== undefined && held.node !== node) {
      this.#occupied.delete(ref);
      this.#capacity.take(held.node, { requests: held.requests, by: -1 });
      this.#roomCame();
    }
    if (node && held?.node !== node) {
      const requests = requestsOf(pod!.spec);
      this.#occupied.set(ref, { node, requests });
      this.#capacity.take(node, { requests, by: 1 });
    }
  }

  #roomCame(): void {
    if (this.#waiting.size > 0) this.#plane.mark(this.name, WAITING);
    else this.#hopeless.clear();
  }

  /** Tries one of each shape, and more of it for as long as they fit. */
  async #retry(): Promise<void> {
    this.#hopeless.clear();
    let placed = 0;
    for (const [shape, refs] of [...this.#waiting]) {
      for (const ref of [...refs]) {
        const pod = this.#plane.mirror.get(ref)?.object as Pod | undefined;
        if (pod === undefined || !isUnbound(pod)) this.#forget(ref, shape);
        else if (!(await this.#place(ref, shape))) break;
        else if (++placed >= BURST) return this.#plane.mark(this.name, WAITING);
      }
    }
  }

  async #place(ref: Ref, shape: string): Promise<boolean> {
    const stored = this.#plane.mirror.get(ref)!;
    const pod = stored.object as Pod;
    const found = this.#hopeless.get(shape) ?? this.#capacity.choose(pod.spec);
    const { now } = this.#plane;
    if (typeof found === 'string') {
      this.#hopeless.set(shape, found);
      const refs = this.#waiting.get(shape);
      if (refs === undefined) this.#waiting.set(shape, new Set([ref]));
      else refs.add(ref);
      const said = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: found, now };
      const conditions = withCondition(pod.status?.conditions, said);
      if (conditions !== pod.status?.conditions) await this.#plane.updateStatus(stored, { ...pod.status, conditions });
      return false;
    }
    const conditions = withCondition(undefined, { type: 'PodScheduled', status: 'True', now });
    const spec = { ...pod.spec, nodeName: found.node };
    await this.#plane.update(stored, { ...pod, spec, status: { ...pod.status, phase: 'Pending', conditions } });
    this.#forget(ref, shape);
    return true;
  }

  #forget(ref: Ref, shape: string): void {
    const refs = this.#waiting.get(shape);
    if (refs?.delete(ref) === true && refs.size === 0) this.#waiting.delete(shape);
  }
}

const isUnbound = (pod: Pod): boolean => !pod.spec.nodeName && !isDeleting(pod) && !isOver(pod);

/** All that decides where a pod fits, as a text. */
const shapeOf = ({ spec }: Pod): string => {
  const { cpuMillis, memoryBytes } = requestsOf(spec);
  return JSON.stringify([cpuMillis, memoryBytes, spec.nodeSelector, spec.tolerations, spec.affinity]);
};
