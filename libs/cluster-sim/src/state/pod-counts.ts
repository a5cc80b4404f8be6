import { isActive, isDeleting, isOver, isReady } from '../objects/pod.ts';
import { controllerUid, isKind, PODS, type Ref } from '../objects/refs.ts';
import type { Pod } from '../objects/views.ts';
import type { Change } from './mirror.ts';

/** Pods of one controlling object. `active` are neither over nor being deleted; `ready` are those of them that are ready. */
export interface PodCount {
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
}

interface Tally {
  active: number;
  ready: number;
  terminating: number;
}

const NO_PODS: PodCount = { active: 0, ready: 0, terminating: 0 };

/** Counts of pods by controller, kept by differences: a workload with a thousand pods is not counted anew at each change. */
export class PodCounts {
  readonly #tallies = new Map<string, Tally>();
  readonly #onNode = new Map<string, Set<Ref>>();

  of(uid: string): PodCount {
    return this.#tallies.get(uid) ?? NO_PODS;
  }

  onNode(name: string): Iterable<Ref> {
    return [...(this.#onNode.get(name) ?? [])];
  }

  sees({ key, ref, before, after }: Change): void {
    if (!isKind(key, PODS)) return;
    if (before !== undefined) this.#add(before as Pod, -1);
    if (after !== undefined) this.#add(after as Pod, 1);
    const was = (before as Pod | undefined)?.spec?.nodeName;
    const is = (after as Pod | undefined)?.spec?.nodeName;
    if (was === is) return;
    if (was) this.#onNode.get(was)?.delete(ref);
    if (!is) return;
    const pods = this.#onNode.get(is);
    if (pods === undefined) this.#onNode.set(is, new Set([ref]));
    else pods.add(ref);
  }

  #add(pod: Pod, by: 1 | -1): void {
    const owner = controllerUid(pod);
    if (owner === '') return;
    let tally = this.#tallies.get(owner);
    if (tally === undefined) this.#tallies.set(owner, (tally = { active: 0, ready: 0, terminating: 0 }));
    if (isActive(pod)) {
      tally.active += by;
      if (isReady(pod)) tally.ready += by;
    } else if (isDeleting(pod) && !isOver(pod)) {
      tally.terminating += by;
    }
    if (tally.active === 0 && tally.terminating === 0) this.#tallies.delete(owner);
  }
}
