import type { Controller, ControlPlane } from '../control-plane.ts';
import { conditionOf, isTrue, withCondition } from '../objects/conditions.ts';
import { isDeleting, isOver, isReady } from '../objects/pod.ts';
import { isKind, NODES, PODS, type Ref, refOf } from '../objects/refs.ts';
import type { Node, Pod, Taint } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';
import { tolerates } from './node-fit.ts';

const UNREACHABLE = 'node.kubernetes.io/unreachable';
const LOST_TAINTS: readonly Taint[] = [
  { key: UNREACHABLE, effect: 'NoSchedule' },
  { key: UNREACHABLE, effect: 'NoExecute' },
];

/** Nodes that are lost and come back, pods that a taint drives away, and pods whose node is gone. */
export class NodeController implements Controller {
  readonly name = 'node';
  readonly #plane: ControlPlane;
  readonly #evictionDelayMs: number;
  readonly #lostAtMs = new Map<string, number>();

  constructor(plane: ControlPlane, evictionDelayMs: number) {
    this.#plane = plane;
    this.#evictionDelayMs = evictionDelayMs;
  }

  isLost(name: string): boolean {
    return this.#lostAtMs.has(name);
  }

  /** Cuts a node off, or brings it back. Throws RangeError if there is no such node. */
  setLost(name: string, lost: boolean): void {
    const ref = refOf({ ...NODES, namespace: '', name });
    if (this.#plane.mirror.get(ref) === undefined) throw new RangeError(`there is no node ${name}`);
    if (lost) this.#lostAtMs.set(name, this.#plane.clock.monotonicMs());
    else this.#lostAtMs.delete(name);
    this.#plane.mark(this.name, ref);
    for (const pod of this.#plane.counts.onNode(name)) this.#plane.mark('kubelet', pod);
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, NODES)) {
      this.#plane.mark(this.name, ref);
      return;
    }
    if (!isKind(key, PODS) || after === undefined) return;
    const { nodeName } = (after as Pod).spec;
    const isNewThere = nodeName !== (before as Pod | undefined)?.spec.nodeName;
    if (nodeName && isNewThere) this.#plane.mark(this.name, refOf({ ...NODES, namespace: '', name: nodeName }));
  }

  async reconcile(ref: Ref): Promise<void> {
    const name = ref.slice(ref.lastIndexOf('/') + 1);
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return this.#removePodsOf(name);
    const lostAtMs = this.#lostAtMs.get(name);
    const node = stored.object as Node;
    const next = withReadiness(node, { lost: lostAtMs !== undefined, now: this.#plane.now });
    if (next !== node) await this.#plane.update(stored, next);
    if (lostAtMs !== undefined) await this.#markUnready(name);
    await this.#evict(ref, next);
  }

  /** Nobody is there any more to end them. */
  async #removePodsOf(name: string): Promise<void> {
    for (const ref of this.#plane.counts.onNode(name)) await this.#plane.remove(this.#plane.mirror.get(ref)!);
  }

  async #markUnready(name: string): Promise<void> {
    const { mirror, now } = this.#plane;
    for (const ref of this.#plane.counts.onNode(name)) {
      const stored = mirror.get(ref)!;
      const pod = stored.object as Pod;
      if (!isReady(pod)) continue;
      const said = { type: 'Ready', status: 'False', reason: 'NodeNotReady', now };
      await this.#plane.updateStatus(stored, {
        ...pod.status,
        conditions: withCondition(pod.status?.conditions, said),
      });
    }
  }

  /** Pods that do not tolerate a NoExecute taint go: at once, or for a lost node after a while. */
  async #evict(ref: Ref, node: Node): Promise<void> {
    const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    if (taints.length === 0) return;
    const { mirror, clock } = this.#plane;
    const name = node.metadata.name ?? '';
    const waitMs = (this.#lostAtMs.get(name) ?? -Infinity) + this.#evictionDelayMs - clock.monotonicMs();
    const due = taints.filter(({ key }) => key !== UNREACHABLE || waitMs <= 0);
    for (const podRef of this.#plane.counts.onNode(name)) {
      const stored = mirror.get(podRef)!;
      const pod = stored.object as Pod;
      if (isDeleting(pod) || isOver(pod)) continue;
      if (due.some((taint) => !tolerates(pod.spec.tolerations, taint))) await this.#plane.delete(stored);
    }
    if (due.length < taints.length) this.#plane.markLater(this.name, { ref, delayMs: waitMs });
  }
}

/** The node with its Ready condition and taints as they have to be; itself if they are. */
const withReadiness = (node: Node, { lost, now }: { lost: boolean; now: string }): Node => {
  const conditions = node.status?.conditions;
  const taints = node.spec?.taints ?? [];
  const isMarked = taints.some(({ key }) => key === UNREACHABLE);
  if (lost === isMarked && conditionOf(conditions, 'Ready') !== undefined && lost !== isTrue(conditions, 'Ready')) {
    return node;
  }
  const said = lost
    ? { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
    : { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  const others = taints.filter(({ key }) => key !== UNREACHABLE);
  const { taints: _taints, ...spec } = node.spec ?? {};
  const next = lost ? [...others, ...LOST_TAINTS] : others;
  return {
    ...node,
    spec: next.length === 0 ? spec : { ...spec, taints: next },
    status: { ...node.status, conditions: withCondition(conditions, { type: 'Ready', ...said, now }) },
  };
};
