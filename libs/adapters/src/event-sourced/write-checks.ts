import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import {
  keyOrder,
  type ObjectKey,
  ObjectStoreError,
  type ObjectWrite,
  type WriteContext,
} from '@skerry/ports/object-store/object-store';

/** Stands for an object that is not there, where only its name matters. */
export const stubOf = (key: ObjectKey): KubeObject => ({
  apiVersion: '',
  kind: '',
  metadata: { name: key.name, namespace: key.namespace },
});

/** No stream ever has this version: an append that expects it is refused unless it is a repeat. */
export const NO_VERSION = -1;

/** What is known of the object that a write is about. */
export interface Present {
  readonly base: KubeObject;
  /** position of the last manifest event: what a write conflicts with */
  readonly mainVersion: number;
}

export const refusalOf = (write: ObjectWrite, entry: Present | undefined): ObjectStoreError | undefined => {
  const name = keyOrder(write.key);
  if (write.kind === 'create') {
    return entry && new ObjectStoreError('already-exists', `${name} exists already`);
  }
  if (!entry) return new ObjectStoreError('not-found', `${name} does not exist`);
  const { uid } = entry.base.metadata;
  if (write.uid !== undefined && write.uid !== uid) {
    return new ObjectStoreError('conflict', `${name} is another object now: ${uid}, not ${write.uid}`);
  }
  if (write.expected !== undefined && entry.mainVersion > Number(write.expected)) {
    return new ObjectStoreError('conflict', `${name} was changed at ${entry.mainVersion}, after ${write.expected}`);
  }
  return undefined;
};

/** Kubernetes records how to delete dependants as finalizers; what is left of that at the end is what members are told. */
export const propagationOf = (base: KubeObject, context: WriteContext): string => {
  const finalizers = base.metadata.finalizers ?? [];
  if (finalizers.includes('orphan') || context.subresource === 'orphan') return 'Orphan';
  return finalizers.includes('foregroundDeletion') ? 'Foreground' : 'Background';
};
