import {
  type ChangeBatch,
  type Collection,
  compareVersions,
  type ListQuery,
  type ObjectKey,
  type ObjectList,
  type ObjectStore,
  ObjectStoreError,
  type ObjectWatch,
  type ObjectWrite,
  type StoredObject,
  type Version,
  type WriteContext,
} from '@skerry/ports/object-store/object-store';
import type { Written } from './mirror.ts';

/**
 * The store with a tap: every write is told to `onWritten` before its writer is answered. Why not a watch: the controllers
 * need all kinds, also those of later definitions, in one order, and never fall behind. It can also forget its history.
 */
export class TappedStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #onWritten: (written: Written) => void;
  readonly #watches = new Set<ForgetfulWatch>();
  #oldest: Version = '0';

  constructor(inner: ObjectStore, onWritten: (written: Written) => void) {
    this.#inner = inner;
    this.#onWritten = onWritten;
  }

  head(): Promise<Version> {
    return this.#inner.head();
  }

  get(key: ObjectKey): Promise<StoredObject | undefined> {
    return this.#inner.get(key);
  }

  async list(collection: Collection, query: ListQuery): Promise<ObjectList> {
    if (query.at !== undefined) this.#checkAge(query.at);
    return this.#inner.list(collection, query);
  }

  async write(write: ObjectWrite, context: WriteContext): Promise<StoredObject> {
    const stored = await this.#inner.write(write, context);
    this.#onWritten({ stored, gone: write.kind === 'delete' });
    return stored;
  }

  async watch(collection: Collection, from: Version): Promise<ObjectWatch> {
    this.#checkAge(from);
    const watch = new ForgetfulWatch(await this.#inner.watch(collection, from), () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  /** From now on older versions are expired, as after a compaction; open watches end so, too. */
  async forgetHistory(): Promise<void> {
    this.#oldest = await this.#inner.head();
    for (const watch of [...this.#watches]) watch.expire();
  }

  #checkAge(version: Version): void {
    if (compareVersions(version, this.#oldest) < 0) {
      throw new ObjectStoreError('expired', `too old resource version: ${version} (${this.#oldest})`);
    }
  }
}

class ForgetfulWatch implements ObjectWatch {
  readonly #inner: ObjectWatch;
  readonly #onClose: () => void;
  #expired = false;

  constructor(inner: ObjectWatch, onClose: () => void) {
    this.#inner = inner;
    this.#onClose = onClose;
  }

  async next(): Promise<ChangeBatch> {
    const batch = await this.#inner.next();
    if (this.#expired) throw new ObjectStoreError('expired', 'too old resource version: the history was compacted');
    return batch;
  }

  nudge(): void {
    this.#inner.nudge();
  }

  close(): void {
    this.#onClose();
    this.#inner.close();
  }

  expire(): void {
    this.#expired = true;
    this.#inner.nudge();
  }
}
