import { type ClusterFacts, clusterFacts } from '@skerry/api/cluster/cluster';
import type { KubeObject } from '@skerry/api/object';
import { type ClusterPortrayed, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ObjectObserved } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { Departed } from '@skerry/domain/manifest/departed';
import { inlineObject } from '@skerry/domain/manifest/body';
import type { Folded } from '@skerry/runtime/service/decision-service';
import { contentOf, type LastObserved } from './observed-content.ts';

export interface JudgedKnown {
  readonly verdict: Verdict;
  readonly version: number;
  /** of the Cluster that it was judged of: the name may have been joined anew since */
  readonly clusterUid: string;
}

/** What `clusters` folds: which clusters there are, its own verdicts, and the last word on every object in them. */
export class ClustersState {
  readonly clusters = new Map<string, ClusterFacts>();
  readonly verdicts = new Map<string, JudgedKnown>();
  readonly portraits = new Map<string, { data: ClusterPortrayed; atMs: number; version: number }>();
  readonly #observed = new Map<string, Map<string, LastObserved>>();
  /** what is over, as `<cluster>/<uid>`: kept for a while, so that it is not recorded twice */
  readonly #departed = new Departed();
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  observed(cluster: string): Map<string, LastObserved> {
    const present = this.#observed.get(cluster);
    if (present) return present;
    const made = new Map<string, LastObserved>();
    this.#observed.set(cluster, made);
    return made;
  }

  /** Answers the names of clusters that have to be judged again. */
  fold({ event, row }: Folded): Iterable<string> {
    switch (event.type) {
      case 'ManifestStored': {
        const ref = event.data.ref!;
        if (ref.kind !== 'Cluster' || ref.group !== 'skerry.dev') return [];
        this.clusters.set(ref.name, clusterFacts(inlineObject(event.data) as KubeObject));
        return [ref.name];
      }
      case 'ManifestDeleted': {
        const ref = event.data.ref!;
        if (ref.kind !== 'Cluster' || ref.group !== 'skerry.dev') return [];
        // also one that was gone before this start: its verdict may still stand
        if (this.clusters.get(ref.name)?.uid === ref.uid) this.clusters.delete(ref.name);
        return [ref.name];
      }
      case 'ClusterJudged': {
        // verdicts of one cluster may come over two channels: an older one says nothing
        if (row.version < (this.verdicts.get(event.data.cluster)?.version ?? 0)) return [];
        const { cluster, clusterUid, verdict } = event.data;
        this.verdicts.set(cluster, { verdict, clusterUid, version: row.version });
        return verdict === Verdict.LEFT ? [cluster] : [];
      }
      case 'ClusterPortrayed':
        this.portraits.set(event.data.cluster, { data: event.data, atMs: this.#nowMs(), version: row.version });
        return [];
      case 'ObjectObserved':
        return this.#foldObserved(event.data, row.uid);
      default:
        return [];
    }
  }

  /** Of a cluster that has left only its verdict is kept: the next one of its name continues that stream. */
  forget(cluster: string): void {
    this.#observed.delete(cluster);
    this.portraits.delete(cluster);
  }

  /** what is kept beside Cluster objects and their verdicts, in entries: for tests and figures */
  get kept(): number {
    const objects = [...this.#observed.values()].reduce((sum, { size }) => sum + 1 + size, 0);
    return objects + this.portraits.size + this.#departed.size;
  }

  /** Answers the cluster when it is none, or none any more: what it says is not to be kept. */
  #foldObserved(data: ObjectObserved, uid: string): Iterable<string> {
    const { cluster } = data;
    const content = contentOf(data);
    this.observed(cluster).set(uid, content);
    if (content.over) this.#departed.note(`${cluster}/${uid}`, this.#nowMs());
    for (const due of this.#departed.due(this.#nowMs())) this.#drop(due);
    return this.clusters.has(cluster) ? [] : [cluster];
  }

  #drop(departed: string): void {
    const slash = departed.indexOf('/');
    const cluster = departed.slice(0, slash);
    const objects = this.#observed.get(cluster);
    const uid = departed.slice(slash + 1);
    if (!objects?.get(uid)?.over) return;
    objects.delete(uid);
    if (objects.size === 0) this.#observed.delete(cluster);
  }
}
