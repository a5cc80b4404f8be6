import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import {
  type Collection,
  keyOrder,
  type ListQuery,
  type ObjectKey,
  type ObjectList,
  type ObjectStore,
  ObjectStoreError,
  type ObjectWatch,
  type ObjectWrite,
  type StoredObject,
  type Version,
} from '@skerry/ports/object-store/object-store';
import { MemoryObjectWatch } from './object-store-watch.ts';
import { type LoggedChange, MemoryShelf, orderedAt } from './object-store-shelf.ts';

/** Settings of the memory store. `window`: how many changes exact lists and watches can look back (default 10,000). */
export interface MemoryObjectStoreOptions {
  readonly window?: number;
  /** Version before the first change, as a number; the first change gets the next one. Default 0. */
  readonly startVersion?: number;
}

/**
 * The object-store in memory: the double in tests and the store of simulated member clusters. It keeps the newest state and
 * the last `window` changes; an older state is found by undoing changes.
 */
export class MemoryObjectStore implements ObjectStore {
  readonly #shelves = new Map<string, MemoryShelf>();
  readonly #watches = new Set<MemoryObjectWatch>();
  readonly #window: number;
  /** Changes in version order; `#log[0]` has version `#logStart + 1`. */
  #log: LoggedChange[] = [];
  #logStart: number;
  #head: number;

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.#window = options.window ?? 10_000;
    this.#head = options.startVersion ?? 0;
    this.#logStart = this.#head;
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watches.size;
  }

  async head(): Promise<Version> {
    return String(this.#head);
  }

  async get(key: ObjectKey): Promise<StoredObject | undefined> {
    return this.#shelf(key).objects.get(keyOrder(key));
  }

  async list(collection: Collection, query: ListQuery): Promise<ObjectList> {
    const at = query.at === undefined ? this.#head : Number(query.at);
    if (Math.max(at, Number(query.notOlderThan ?? 0)) > this.#head) throw this.#tooNew(query.at ?? query.notOlderThan);
    if (at < this.#logStart) throw expired(at, this.#logStart);
    const shelf = this.#shelf(collection);
    const all = at === this.#head ? shelf.ordered() : orderedAt(shelf, this.#changesAfter(at, collection));
    return page(all, { collection, query, version: String(at) });
  }

  async write(write: ObjectWrite): Promise<StoredObject> {
    const shelf = this.#shelf(write.key);
    const name = keyOrder(write.key);
    const current = shelf.objects.get(name);
    if (write.kind === 'create') {
      if (current !== undefined) throw new ObjectStoreError('already-exists', `${name} exists already`);
    } else {
      checkExpected(write, current);
    }
    const version = String(++this.#head);
    const object: KubeObject = write.kind === 'delete' ? (current as StoredObject).object : write.object;
    const stored: StoredObject = { key: write.key, object, version };
    if (write.kind === 'delete') shelf.remove(name);
    else shelf.put(name, stored);
    this.#publish({
      key: write.key,
      version,
      previous: current?.object,
      previousVersion: current?.version,
      current: write.kind === 'delete' ? undefined : object,
    });
    return stored;
  }

  async watch(collection: Collection, from: Version): Promise<ObjectWatch> {
    const start = Number(from);
    if (start > this.#head) throw this.#tooNew(from);
    if (start < this.#logStart) throw expired(start, this.#logStart);
    const watch = new MemoryObjectWatch({
      collection,
      from,
      limit: this.#window,
      head: () => String(this.#head),
      onClose: (closing) => this.#watches.delete(closing),
    });
    for (const change of this.#changesAfter(start, collection)) watch.offer(change);
    this.#watches.add(watch);
    return watch;
  }

  /** Forgets all history, as a compaction does: exact lists and watches from before now are `expired`. */
  compact(): void {
    this.#log = [];
    this.#logStart = this.#head;
  }

  /** Ends every watch as if its reader had fallen behind. */
  expireWatches(): void {
    for (const watch of [...this.#watches]) watch.expire();
  }

  /** Moves the head without a change, as a change to something that nobody lists does. */
  touch(): Version {
    this.#publish({
      key: { group: '', resource: '', namespace: '', name: '' },
      version: String(++this.#head),
    });
    return String(this.#head);
  }

  #shelf(of: { readonly group: string; readonly resource: string }): MemoryShelf {
    const id = `${of.group}/${of.resource}`;
    let shelf = this.#shelves.get(id);
    if (shelf === undefined) this.#shelves.set(id, (shelf = new MemoryShelf()));
    return shelf;
  }

  #changesAfter(version: number, collection: Collection): LoggedChange[] {
    const changes: LoggedChange[] = [];
    for (let index = version - this.#logStart; index < this.#log.length; index++) {
      const change = this.#log[index] as LoggedChange;
      if (change.key.resource === collection.resource && change.key.group === collection.group) changes.push(change);
    }
    return changes;
  }

  #publish(change: LoggedChange): void {
    this.#log.push(change);
    // Trimming by halves keeps the cost of a change constant; the window is a promise of "at least".
    if (this.#log.length > this.#window * 2) {
      const surplus = this.#log.length - this.#window;
      this.#log = this.#log.slice(surplus);
      this.#logStart += surplus;
    }
    for (const watch of this.#watches) watch.offer(change);
  }

  #tooNew(version: Version | undefined): ObjectStoreError {
    return new ObjectStoreError('too-new', `version ${version} lies beyond the newest change ${this.#head}`);
  }
}

function expired(version: number, oldest: number): ObjectStoreError {
  return new ObjectStoreError('expired', `too old resource version: ${version} (${oldest})`);
}

function checkExpected(
  write: ObjectWrite & { readonly kind: 'update' | 'delete' },
  current: StoredObject | undefined,
): asserts current is StoredObject {
  const name = keyOrder(write.key);
  if (current === undefined) throw new ObjectStoreError('not-found', `${name} does not exist`);
  const uid = current.object.metadata.uid;
  if (write.uid !== undefined && write.uid !== uid) {
    throw new ObjectStoreError('conflict', `${name} is another object now: ${String(uid)}, not ${write.uid}`);
  }
  if (write.expected !== undefined && Number(current.version) > Number(write.expected)) {
    throw new ObjectStoreError('conflict', `${name} was changed at ${current.version}, after ${write.expected}`);
  }
}

interface PageRequest {
  readonly collection: Collection;
  readonly query: ListQuery;
  readonly version: Version;
}

function page(all: readonly StoredObject[], request: PageRequest): ObjectList {
  const { collection, query, version } = request;
  const { after, limit } = query;
  const inNamespace =
    collection.namespace === undefined ? all : all.filter((stored) => stored.key.namespace === collection.namespace);
  const rest = after === undefined ? inNamespace : inNamespace.filter((stored) => keyOrder(stored.key) > after);
  const items = limit === undefined || limit >= rest.length ? rest : rest.slice(0, limit);
  return { items, version, remaining: rest.length - items.length };
}
