import type { Controller, ControlPlane } from '../control-plane.ts';
import { withCondition } from '../objects/conditions.ts';
import { isDeleting, isOver, isReady } from '../objects/pod.ts';
import { isKind, PODS, type Ref } from '../objects/refs.ts';
import type { Pod } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';
import { runningStatus, succeededStatus } from './pod-status.ts';

export interface KubeletTimes {
  readonly startUpDelayMs: number;
  readonly startUpJitterMs: number;
  readonly terminationMs: number;
  readonly jobDurationMs: number;
}

/** What the nodes' agents are told from outside. */
export interface KubeletOrders {
  /** A node that is lost runs nothing and stops nothing. */
  readonly isLost: (node: string) => boolean;
  readonly isNeverReady: (image: string) => boolean;
}

/** The agents of all nodes: bound pods start, get ready, succeed (those of Jobs) and end, each after its time. */
export class Kubelet implements Controller {
  readonly name = 'kubelet';
  readonly #plane: ControlPlane;
  readonly #times: KubeletTimes;
  readonly #orders: KubeletOrders;
  /** when the next step of a pod is due, in the clock's monotonic time, by uid and step */
  readonly #due = new Map<string, number>();
  #addresses = 0;

  constructor(plane: ControlPlane, { times, orders }: { times: KubeletTimes; orders: KubeletOrders }) {
    this.#plane = plane;
    this.#times = times;
    this.#orders = orders;
  }

  sees({ key, ref, before, after }: Change): void {
    if (!isKind(key, PODS)) return;
    if (after === undefined) {
      const uid = before?.metadata.uid ?? '';
      for (const step of ['start', 'end', 'finish']) this.#due.delete(`${uid} ${step}`);
      return;
    }
    if ((after as Pod).spec.nodeName) this.#plane.mark(this.name, ref);
  }

  async reconcile(ref: Ref): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const pod = stored.object as Pod;
    if (!pod.spec.nodeName || this.#orders.isLost(pod.spec.nodeName)) return;
    if (isDeleting(pod)) return this.#end(ref, pod);
    if (isOver(pod)) return;
    if (pod.status?.podIP === undefined) {
      if (!this.#isDue(ref, { pod, step: 'start', delayMs: this.#startUpMs })) return;
      return void (await this.#plane.update(stored, { ...pod, status: this.#running(pod) }));
    }
    await this.#keepReady(ref, pod);
    if (isReady(pod) && isOfJob(pod)) {
      if (!this.#isDue(ref, { pod, step: 'finish', delayMs: () => this.#times.jobDurationMs })) return;
      await this.#plane.updateStatus(stored, succeededStatus(pod, this.#plane.now));
    }
  }

  readonly #startUpMs = (): number => {
    const { startUpDelayMs, startUpJitterMs } = this.#times;
    return startUpDelayMs + (startUpJitterMs === 0 ? 0 : this.#plane.random() * startUpJitterMs);
  };

  #running(pod: Pod): Record<string, unknown> {
    const address = ++this.#addresses;
    const podIP = `10.${64 + ((address >> 16) & 63)}.${(address >> 8) & 255}.${address & 255}`;
    return runningStatus(pod, { now: this.#plane.now, podIP, isReady: this.#shallBeReady(pod) });
  }

  #shallBeReady({ spec }: Pod): boolean {
    return !(spec.containers ?? []).some(({ image = '' }) => this.#orders.isNeverReady(image));
  }

  /** An image may have been healed, or its node may be back. */
  async #keepReady(ref: Ref, pod: Pod): Promise<void> {
    const ready = this.#shallBeReady(pod);
    if (isReady(pod) === ready) return;
    const stored = this.#plane.mirror.get(ref)!;
    const said = ready ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady' };
    const { now } = this.#plane;
    const inContainers = withCondition(pod.status?.conditions, { type: 'ContainersReady', ...said, now });
    const conditions = withCondition(inContainers, { type: 'Ready', ...said, now });
    await this.#plane.updateStatus(stored, { ...pod.status, conditions });
  }

  async #end(ref: Ref, pod: Pod): Promise<void> {
    const { deletionGracePeriodSeconds = 0, finalizers = [] } = pod.metadata;
    const delayMs = (): number => Math.min(deletionGracePeriodSeconds * 1_000, this.#times.terminationMs);
    if (deletionGracePeriodSeconds > 0 && !this.#isDue(ref, { pod, step: 'end', delayMs })) return;
    const stored = this.#plane.mirror.get(ref)!;
    if (finalizers.length === 0) return this.#plane.remove(stored);
    if (deletionGracePeriodSeconds === 0) return;
    await this.#plane.update(stored, { ...pod, metadata: { ...pod.metadata, deletionGracePeriodSeconds: 0 } });
  }

  /** Whether a step's time has come; the first question sets the time, later ones before it only wait. */
  #isDue(ref: Ref, { pod, step, delayMs }: { pod: Pod; step: string; delayMs: () => number }): boolean {
    const key = `${pod.metadata.uid} ${step}`;
    const nowMs = this.#plane.clock.monotonicMs();
    const known = this.#due.get(key);
    const dueMs = known ?? nowMs + delayMs();
    if (dueMs <= nowMs) {
      this.#due.delete(key);
      return true;
    }
    this.#due.set(key, dueMs);
    this.#plane.markLater(this.name, { ref, delayMs: dueMs - nowMs });
    return false;
  }
}

const isOfJob = ({ metadata }: Pod): boolean =>
  metadata.ownerReferences?.some((owner) => owner.controller === true && owner.kind === 'Job') ?? false;
