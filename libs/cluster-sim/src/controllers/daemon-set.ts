import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Controller, ControlPlane } from '../control-plane.ts';
import { suffixFrom } from '../objects/names.ts';
import { isActive, isDeleting, isReady, podFrom } from '../objects/pod.ts';
import { controllerUid, DAEMON_SETS, isKind, NODES, PODS, type Ref } from '../objects/refs.ts';
import { templateHash } from '../objects/template-hash.ts';
import type { Node, Pod, Toleration, Workload } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';
import { whyNotOn } from './node-fit.ts';

const REVISION = 'controller-revision-hash';
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** One pod on every node that takes it. An update replaces one pod after another; room on the node is not looked at. */
export class DaemonSetController implements Controller {
  readonly name = 'daemonset';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, DAEMON_SETS)) {
      if (after !== undefined) this.#plane.mark(this.name, ref);
    } else if (isKind(key, NODES)) {
      for (const set of this.#plane.mirror.ofKind(DAEMON_SETS)) this.#plane.mark(this.name, set);
    } else if (isKind(key, PODS)) {
      const owner = this.#plane.mirror.refOfUid(controllerUid((after ?? before)!));
      if (owner?.startsWith('apps/daemonsets/') === true) this.#plane.mark(this.name, owner);
    }
  }

  async reconcile(ref: Ref): Promise<void> {
    const set = this.#plane.mirror.get(ref)?.object as Workload | undefined;
    if (set === undefined) return;
    const nodes = this.#nodesFor(set);
    if (!isDeleting(set)) await this.#step(set, nodes);
    await this.#writeStatus(ref, nodes.length);
  }

  #nodesFor({ spec }: Workload): readonly string[] {
    const { mirror } = this.#plane;
    const podSpec = {
      ...spec.template.spec,
      tolerations: [...(spec.template.spec?.tolerations ?? []), ...TOLERATIONS],
    };
    const names = [...mirror.ofKind(NODES)].flatMap((ref) => {
      const node = mirror.get(ref)!.object as Node;
      return whyNotOn(node, podSpec) === undefined ? [node.metadata.name ?? ''] : [];
    });
    return names.sort();
  }

  async #step(set: Workload, nodes: readonly string[]): Promise<void> {
    const revision = templateHash(set.spec.template);
    const pods = this.#podsOf(set);
    const byNode = new Map(pods.map((stored) => [(stored.object as Pod).spec.nodeName ?? '', stored]));
    for (const nodeName of nodes) {
      if (byNode.has(nodeName)) continue;
      const name = `${set.metadata.name}-${suffixFrom(this.#plane.random)}`;
      const tolerations = [...(set.spec.template.spec?.tolerations ?? []), ...TOLERATIONS];
      const order = { owner: set, ownerKind: DAEMON_SETS, template: set.spec.template, name };
      const labels = { [REVISION]: revision };
      await this.#plane.create(PODS, podFrom({ ...order, labels, spec: { nodeName, tolerations } }));
    }
    for (const [nodeName, stored] of byNode) if (!nodes.includes(nodeName)) await this.#plane.delete(stored);
    if (set.spec.updateStrategy?.type === 'OnDelete' || pods.some(({ object }) => !isServing(object as Pod))) return;
    const outdated = pods.find(({ object }) => object.metadata.labels?.[REVISION] !== revision);
    if (outdated !== undefined) await this.#plane.delete(outdated);
  }

  async #writeStatus(ref: Ref, wanted: number): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const set = stored.object as Workload;
    const pods = this.#podsOf(set).map(({ object }) => object as Pod);
    const ready = pods.filter(isServing).length;
    const revision = templateHash(set.spec.template);
    await this.#plane.updateStatus(stored, {
      currentNumberScheduled: pods.filter(isActive).length,
      numberMisscheduled: 0,
      desiredNumberScheduled: wanted,
      numberReady: ready,
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: pods.filter(({ metadata }) => metadata.labels?.[REVISION] === revision).length,
      numberAvailable: ready,
      numberUnavailable: Math.max(0, wanted - ready),
    });
  }

  #podsOf(set: Workload): StoredObject[] {
    return [...this.#plane.mirror.dependentsOf(set.metadata.uid ?? '')].flatMap((ref) => {
      const stored = this.#plane.mirror.get(ref);
      return stored !== undefined && isKind(stored.key, PODS) ? [stored] : [];
    });
  }
}

const isServing = (pod: Pod): boolean => isActive(pod) && isReady(pod);
