/** What is kept of a pod: enough to count it for its owner. */
export interface PodFacts {
  readonly ownerUid: string;
  readonly ready: boolean;
  readonly terminating: boolean;
}

export interface PodCounts {
  readonly replicas: number;
  readonly ready: number;
}

export const NO_PODS: PodCounts = { replicas: 0, ready: 0 };

/**
 * Pods by owner, kept up to date pod by pod, so that a count costs nothing. A terminating pod counts for nothing: it is on
 * its way out, whatever its own status still says.
 */
export class PodTally {
  readonly #pods = new Map<string, PodFacts>();
  readonly #counts = new Map<string, { replicas: number; ready: number }>();

  /** Answers the owners whose count changed. */
  put(podUid: string, pod: PodFacts | undefined): readonly string[] {
    const before = this.#pods.get(podUid);
    if (before && pod && same(before, pod)) return [];
    if (before) this.#add(before, -1);
    if (pod) {
      this.#add(pod, 1);
      this.#pods.set(podUid, pod);
    } else {
      this.#pods.delete(podUid);
    }
    const owners = [before?.ownerUid, pod?.ownerUid].filter((owner) => owner !== undefined && owner !== '');
    return [...new Set(owners as string[])];
  }

  of(ownerUid: string): PodCounts {
    return this.#counts.get(ownerUid) ?? NO_PODS;
  }

  get pods(): ReadonlyMap<string, PodFacts> {
    return this.#pods;
  }

  #add(pod: PodFacts, sign: 1 | -1): void {
    if (pod.terminating || pod.ownerUid === '') return;
    const counts = this.#counts.get(pod.ownerUid) ?? { replicas: 0, ready: 0 };
    counts.replicas += sign;
    if (pod.ready) counts.ready += sign;
    if (counts.replicas === 0) this.#counts.delete(pod.ownerUid);
    else this.#counts.set(pod.ownerUid, counts);
  }
}

const same = (a: PodFacts, b: PodFacts): boolean =>
  a.ownerUid === b.ownerUid && a.ready === b.ready && a.terminating === b.terminating;
