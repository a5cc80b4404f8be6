import type { KubeObject } from './kube-object.ts';

/**
 * A position in the store's one order of changes, as the decimal digits of a whole number. Callers pass versions on and
 * compare them only with `compareVersions`; they never make one up.
 */
export type Version = string;

/** Negative when `left` is older than `right`. Both must be versions, that is decimal digits. */
export function compareVersions(left: Version, right: Version): number {
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** All objects of one resource, whatever API version they were written in; with `namespace`, only those in it. */
export interface Collection {
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Names one object. `namespace` is empty for objects that belong to the cluster. */
export interface ObjectKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * An object as the store holds it. `object` is shared: nobody changes it. Its `metadata.resourceVersion` means nothing,
 * `version` does.
 */
export interface StoredObject {
  readonly key: ObjectKey;
  readonly object: KubeObject;
  /** Version of the last change that a reader can see. */
  readonly version: Version;
  /**
   * Version of the last change that a write to the object itself (not to its status) conflicts with. Absent: the same as
   * `version`. A store that computes the status sets it, so that a status report never refuses a user's edit.
   */
  readonly mainVersion?: Version;
}

/** Who writes and by what request; a store that keeps history records it. */
export interface WriteContext {
  readonly user?: string;
  /** The same id again is the same command: a store may answer a repeat with the first outcome. */
  readonly commandId?: string;
  readonly verb: string;
  readonly subresource: string;
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}

/**
 * One change to one object. `expected` refuses the write with `conflict` if a change that counts for the written part
 * (see `StoredObject.mainVersion`) came after that version; `uid` refuses it if the object there is another one.
 */
export type ObjectWrite =
  | { readonly kind: 'create'; readonly key: ObjectKey; readonly object: KubeObject }
  | {
      readonly kind: 'update';
      readonly key: ObjectKey;
      readonly object: KubeObject;
      readonly expected: Version;
      readonly uid?: string;
    }
  | { readonly kind: 'delete'; readonly key: ObjectKey; readonly expected?: Version; readonly uid?: string };

/** What a list asks for. Neither `at` nor `notOlderThan`: everything committed before the call is in the answer. */
export interface ListQuery {
  /** Exactly the state at this version; `expired` if the store no longer has it, `too-new` if it never had. */
  readonly at?: Version;
  /** Any state that is at least this new; `too-new` if the store does not reach it. */
  readonly notOlderThan?: Version;
  /** At most so many items, in key order. */
  readonly limit?: number;
  /** Only items whose `namespace/name` (or name) is greater than this. */
  readonly after?: string;
}

/** One page: `version` is that of the state that answered, `remaining` the number of items behind this page. */
export interface ObjectList {
  readonly items: readonly StoredObject[];
  readonly version: Version;
  readonly remaining: number;
}

/** A change seen by a watch. Both sides are given so that a selector can tell an object that enters from one that leaves. */
export interface ObjectChange {
  readonly key: ObjectKey;
  readonly version: Version;
  readonly previous?: KubeObject;
  readonly current?: KubeObject;
}

/** What a watch hands out at once: changes in version order, and how far they reach. */
export interface ChangeBatch {
  readonly changes: readonly ObjectChange[];
  /** Every change up to this version that belongs to the collection is in this batch or an earlier one. */
  readonly checkpoint: Version;
}

/** A running watch with one reader; `next` is not called again before it has answered. */
export interface ObjectWatch {
  /**
   * The next changes, none missed, none twice. Waits until there is one, or until `nudge` or `close`: then the batch may be
   * empty. Rejects with `expired` when the reader fell behind what the store keeps; the watch is over then.
   */
  next(): Promise<ChangeBatch>;
  /** Makes a waiting `next` answer at once, with a fresh checkpoint; the one after it waits again. */
  nudge(): void;
  close(): void;
}

/**
 * Whole Kubernetes objects under versions. Reads without a version see every write that was answered before they began.
 * Every method rejects with `ObjectStoreError` for what its caller can act on.
 */
export interface ObjectStore {
  /** Version of the newest change. */
  head(): Promise<Version>;
  /** The object, or undefined. */
  get(key: ObjectKey): Promise<StoredObject | undefined>;
  list(collection: Collection, query: ListQuery): Promise<ObjectList>;
  /** Commits one change and answers what is stored now (for a delete: the last state, under the version of its deletion). */
  write(write: ObjectWrite, context: WriteContext): Promise<StoredObject>;
  /** Changes after `from`; `expired` if the store no longer has them all, `too-new` if `from` lies beyond the head. */
  watch(collection: Collection, from: Version): Promise<ObjectWatch>;
}

export type ObjectStoreErrorCode = 'conflict' | 'already-exists' | 'not-found' | 'expired' | 'too-new' | 'too-large';

/** The outcomes of a store that its caller handles. Anything else that a store throws is a failure of the store. */
export class ObjectStoreError extends Error {
  readonly code: ObjectStoreErrorCode;

  constructor(code: ObjectStoreErrorCode, message: string) {
    super(message);
    this.name = 'ObjectStoreError';
    this.code = code;
  }
}

/** A part of an object has more bytes than this store takes: `message` says how many it has and may have. */
export class ObjectTooLarge extends ObjectStoreError {
  readonly field: string;

  constructor({ field, sizeBytes, limitBytes }: { field: string; sizeBytes: number; limitBytes: number }) {
    super('too-large', `has ${sizeBytes} bytes; at most ${limitBytes} are allowed here`);
    this.field = field;
  }
}

/** The order of a list: bytes of `namespace/name`, or of the name for objects that belong to the cluster. */
export function keyOrder(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
}

export function isExpired(error: unknown): boolean {
  return error instanceof ObjectStoreError && error.code === 'expired';
}
