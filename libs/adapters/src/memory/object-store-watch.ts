import {
  type ChangeBatch,
  type Collection,
  type ObjectChange,
  ObjectStoreError,
  type ObjectWatch,
  type Version,
} from '@skerry/ports/object-store/object-store';

interface MemoryObjectWatchOptions {
  readonly collection: Collection;
  readonly from: Version;
  readonly limit: number;
  readonly head: () => Version;
  readonly onClose: (watch: MemoryObjectWatch) => void;
}

/** A queue between the memory store and one reader. It holds at most `limit` changes; a slower reader gets `expired`. */
export class MemoryObjectWatch implements ObjectWatch {
  readonly #options: MemoryObjectWatchOptions;
  #queue: ObjectChange[] = [];
  #checkpoint: Version;
  #expired = false;
  #closed = false;
  #nudged = false;
  #wake: (() => void) | undefined;

  constructor(options: MemoryObjectWatchOptions) {
    this.#options = options;
    this.#checkpoint = options.from;
  }

  offer(change: ObjectChange): void {
    const { collection, limit } = this.#options;
    const { key } = change;
    if (key.resource !== collection.resource || key.group !== collection.group) return;
    if (collection.namespace !== undefined && key.namespace !== collection.namespace) return;
    if (this.#queue.length >= limit) return this.expire();
    this.#queue.push(change);
    this.#wakeReader();
  }

  async next(): Promise<ChangeBatch> {
    if (this.#queue.length === 0 && !this.#expired && !this.#closed && !this.#nudged) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#expired) throw new ObjectStoreError('expired', `too old resource version: ${this.#checkpoint}`);
    this.#nudged = false;
    const changes = this.#queue;
    this.#queue = [];
    // After a close changes are dropped, so the checkpoint stays where the reader got to.
    if (!this.#closed) this.#checkpoint = this.#options.head();
    return { changes, checkpoint: this.#checkpoint };
  }

  nudge(): void {
    this.#nudged = true;
    this.#wakeReader();
  }

  expire(): void {
    this.#expired = true;
    this.#queue = [];
    this.#options.onClose(this);
    this.#wakeReader();
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#options.onClose(this);
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
