import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectKey, ObjectStore } from '@skerry/ports/object-store/object-store';
import type { ClusterDump } from './cluster-sim.ts';

/** A cluster as JSON: what is needed to go on with it in another process. */
export interface ClusterSnapshot {
  readonly version: string;
  readonly objects: readonly { readonly key: ObjectKey; readonly object: KubeObject }[];
}

/**
 * More than the writes between two snapshots. A snapshot may be older than what clients saw before the process was killed;
 * their versions must be too old then, never newer than the store or about something else.
 */
const VERSION_GAP = 1_000_000;

export const toSnapshot = ({ version, objects }: ClusterDump): ClusterSnapshot => ({
  version,
  objects: objects.map(({ key, object }) => ({ key, object })),
});

/** The version that a store has to begin at before a snapshot is put into it. */
export const startVersionAfter = ({ version }: ClusterSnapshot): number => Number(version) + VERSION_GAP;

/** Puts the objects into an empty store, before the cluster on it is started. Uids stay, versions move on. */
export const restoreInto = async (store: ObjectStore, { objects }: ClusterSnapshot): Promise<void> => {
  for (const { key, object } of objects) {
    await store.write({ kind: 'create', key, object }, { verb: 'create', subresource: '' });
  }
};
