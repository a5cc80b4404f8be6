import { fromBinary } from '@skerry/contract/message';
import { type ClusterJudged, ClusterJudgedSchema } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import {
  type ObjectDesired,
  ObjectDesiredSchema,
  type ObjectWithdrawn,
  ObjectWithdrawnSchema,
  type WithdrawalEnded,
  WithdrawalEndedSchema,
} from '@skerry/contract/generated/skerry/v1/desired_pb';
import {
  type ManifestDeleted,
  ManifestDeletedSchema,
  type ManifestStored,
  ManifestStoredSchema,
} from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { type ObjectObserved, ObjectObservedSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { type PlacementDecided, PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { type SelectionDecided, SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/** One event as it was stored, when (virtual milliseconds), and by which process. */
export interface Entry<Data> {
  readonly data: Data;
  readonly row: StoredEvent;
  readonly atMs: number;
}

export type Manifest =
  | { readonly kind: 'stored'; readonly stored: ManifestStored }
  | { readonly kind: 'deleted'; readonly deleted: ManifestDeleted };

export type Desired =
  | { readonly kind: 'desired'; readonly desired: ObjectDesired }
  | { readonly kind: 'withdrawn'; readonly withdrawn: ObjectWithdrawn }
  | { readonly kind: 'ended'; readonly ended: WithdrawalEnded };

class Shelf<Data> {
  readonly #lists = new Map<string, Entry<Data>[]>();

  add(key: string, entry: Entry<Data>): void {
    const list = this.#lists.get(key);
    if (list) list.push(entry);
    else this.#lists.set(key, [entry]);
  }

  of(key: string): readonly Entry<Data>[] {
    return this.#lists.get(key) ?? [];
  }

  last(key: string): Entry<Data> | undefined {
    return this.#lists.get(key)?.at(-1);
  }

  /** the last but `back` */
  before(key: string, position: number): Entry<Data> | undefined {
    return this.#lists.get(key)?.findLast(({ row }) => row.position < position);
  }

  get keys(): Iterable<string> {
    return this.#lists.keys();
  }

  cut(position: number): void {
    for (const [key, list] of this.#lists) {
      const kept = list.filter(({ row }) => row.position <= position);
      if (kept.length > 0) this.#lists.set(key, kept);
      else this.#lists.delete(key);
    }
  }
}

/** All events, sorted by what they are about. Decoded by the contract alone. */
export class Ledger {
  /** by uid */
  readonly manifests = new Shelf<Manifest>();
  readonly selections = new Shelf<SelectionDecided>();
  readonly placements = new Shelf<PlacementDecided>();
  /** by `<cluster>/<uid>` */
  readonly desired = new Shelf<Desired>();
  readonly observed = new Shelf<ObjectObserved>();
  /** by cluster */
  readonly verdicts = new Shelf<ClusterJudged>();
  /** by name of a Cluster: its manifests */
  readonly clusters = new Shelf<Manifest>();

  add(row: StoredEvent, atMs: number): void {
    const { data: bytes, uid, cluster } = row;
    const place = `${cluster}/${uid}`;
    const entry = <Data>(data: Data): Entry<Data> => ({ data, row, atMs });
    switch (row.type) {
      case 'ManifestStored':
        return this.#addManifest(uid, entry({ kind: 'stored', stored: fromBinary(ManifestStoredSchema, bytes) }));
      case 'ManifestDeleted':
        return this.#addManifest(uid, entry({ kind: 'deleted', deleted: fromBinary(ManifestDeletedSchema, bytes) }));
      case 'SelectionDecided':
        return this.selections.add(uid, entry(fromBinary(SelectionDecidedSchema, bytes)));
      case 'PlacementDecided':
        return this.placements.add(uid, entry(fromBinary(PlacementDecidedSchema, bytes)));
      case 'ObjectDesired':
        return this.desired.add(place, entry({ kind: 'desired', desired: fromBinary(ObjectDesiredSchema, bytes) }));
      case 'ObjectWithdrawn':
        return this.desired.add(
          place,
          entry({ kind: 'withdrawn', withdrawn: fromBinary(ObjectWithdrawnSchema, bytes) }),
        );
      case 'WithdrawalEnded':
        return this.desired.add(place, entry({ kind: 'ended', ended: fromBinary(WithdrawalEndedSchema, bytes) }));
      case 'ObjectObserved':
        return this.observed.add(place, entry(fromBinary(ObjectObservedSchema, bytes)));
      case 'ClusterJudged': {
        const judged = fromBinary(ClusterJudgedSchema, bytes);
        return this.verdicts.add(judged.cluster, entry(judged));
      }
    }
  }

  /** The store is as it was then. */
  restoreTo(position: number): void {
    const { manifests, selections, placements, desired, observed, verdicts, clusters } = this;
    for (const shelf of [manifests, selections, placements, desired, observed, verdicts, clusters]) shelf.cut(position);
  }

  #addManifest(uid: string, entry: Entry<Manifest>): void {
    this.manifests.add(uid, entry);
    const { data } = entry;
    const ref = data.kind === 'stored' ? data.stored.ref! : data.deleted.ref!;
    if (ref.kind === 'Cluster') this.clusters.add(ref.name, entry);
  }
}
