import type { Clock } from '@skerry/ports/clock/clock';
import {
  type Collection,
  keyOrder,
  type ListQuery,
  type ObjectKey,
  type ObjectList,
  ObjectStoreError,
  type ObjectWatch,
  type StoredObject,
  type Version,
} from '@skerry/ports/object-store/object-store';
import { MemoryShelf, type LoggedChange, orderedAt } from '../memory/object-store-shelf.ts';
import { MemoryObjectWatch } from '../memory/object-store-watch.ts';

/** How far back the changes of one resource are kept. */
export interface WindowLimits {
  /** they are kept while they are younger than this */
  readonly keptMs: number;
  /** so many are kept however old they are: what changes rarely can still be watched from where a client left it */
  readonly least: number;
  /** no more are kept however young they are; half of them are let go at once */
  readonly most: number;
}

/** Twice as long as a kube-apiserver keeps them for the watches of its clients. */
const LIMITS: WindowLimits = { keptMs: 600_000, least: 250, most: 20_000 };

interface TimedChange extends LoggedChange {
  readonly loggedMs: number;
}

interface ChangeLog {
  readonly changes: TimedChange[];
  /** version of the last change that is not kept any more */
  start: number;
  /** how many changes there are when it is next looked for old ones */
  lookAt: number;
}

/** The newest state of all objects and the last changes of each resource, under versions that somebody else gives. */
export class ObjectWindow {
  readonly #shelves = new Map<string, MemoryShelf>();
  readonly #logs = new Map<string, ChangeLog>();
  readonly #watches = new Map<string, Set<MemoryObjectWatch>>();
  readonly #limits: WindowLimits;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #start: number;
  #head: number;

  constructor({
    limits = LIMITS,
    head,
    clock,
  }: {
    limits?: WindowLimits;
    head: number;
    clock: Pick<Clock, 'monotonicMs'>;
  }) {
    this.#limits = limits;
    this.#clock = clock;
    this.#head = head;
    this.#start = head;
  }

  get head(): number {
    return this.#head;
  }

  /** State before any watch can ask for it: no change is logged. */
  load(stored: StoredObject): void {
    this.#shelf(stored.key).put(keyOrder(stored.key), stored);
  }

  put(stored: StoredObject): void {
    const shelf = this.#shelf(stored.key);
    const name = keyOrder(stored.key);
    const before = shelf.objects.get(name);
    shelf.put(name, stored);
    this.#log({
      key: stored.key,
      version: stored.version,
      previous: before?.object,
      previousVersion: before?.version,
      current: stored.object,
    });
  }

  remove(key: ObjectKey, version: Version): void {
    const shelf = this.#shelf(key);
    const before = shelf.objects.get(keyOrder(key));
    if (!before) return;
    shelf.remove(keyOrder(key));
    this.#log({ key, version, previous: before.object, previousVersion: before.version });
  }

  /** Everything up to here has been put or removed, also what changed no object. */
  advance(head: number): void {
    this.#head = Math.max(this.#head, head);
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#shelf(key).objects.get(keyOrder(key));
  }

  /** The state at `at`, if the log reaches back that far; undefined otherwise. */
  listAt(collection: Collection, at: number): readonly StoredObject[] | undefined {
    const shelf = this.#shelf(collection);
    if (at === this.#head) return shelf.ordered();
    const log = this.#logs.get(idOf(collection));
    if (at < (log?.start ?? this.#start)) return undefined;
    return orderedAt(
      shelf,
      (log?.changes ?? []).filter((change) => Number(change.version) > at),
    );
  }

  watch(collection: Collection, from: Version): ObjectWatch {
    const log = this.#logs.get(idOf(collection));
    const oldest = log?.start ?? this.#start;
    if (Number(from) < oldest) throw new ObjectStoreError('expired', `too old resource version: ${from} (${oldest})`);
    const watches = this.#watches.get(idOf(collection)) ?? new Set();
    this.#watches.set(idOf(collection), watches);
    const watch = new MemoryObjectWatch({
      collection,
      from,
      // what is kept at once, and half as much again that the reader has not taken yet
      limit: 1.5 * this.#limits.most,
      head: () => String(this.#head),
      onClose: (closing) => watches.delete(closing),
    });
    for (const change of log?.changes ?? []) if (Number(change.version) > Number(from)) watch.offer(change);
    watches.add(watch);
    return watch;
  }

  /** Ends every watch as expired: the versions that their readers hold mean nothing any more. */
  expireAll(): void {
    for (const watches of this.#watches.values()) for (const watch of [...watches]) watch.expire();
  }

  #shelf(of: { readonly group: string; readonly resource: string }): MemoryShelf {
    const present = this.#shelves.get(idOf(of));
    if (present) return present;
    const made = new MemoryShelf();
    this.#shelves.set(idOf(of), made);
    return made;
  }

  #log(change: LoggedChange): void {
    const id = idOf(change.key);
    const log = this.#logs.get(id) ?? { changes: [], start: this.#start, lookAt: this.#limits.least };
    this.#logs.set(id, log);
    const loggedMs = this.#clock.monotonicMs();
    log.changes.push({ ...change, loggedMs });
    if (log.changes.length > log.lookAt) this.#forget(log, loggedMs - this.#limits.keptMs);
    for (const watch of this.#watches.get(id) ?? []) watch.offer(change);
  }

  /** Many at once and seldom, so that a change costs the same however many are kept. */
  #forget(log: ChangeLog, beforeMs: number): void {
    const { least, most } = this.#limits;
    const { changes } = log;
    const young = changes.findIndex(({ loggedMs }) => loggedMs >= beforeMs);
    const old = Math.min(young, changes.length - least);
    const dropped = changes.splice(0, changes.length > most ? Math.max(old, changes.length - most / 2) : old);
    if (dropped.length > 0) log.start = Number(dropped.at(-1)!.version);
    log.lookAt = Math.min(most, changes.length + Math.max(least, changes.length) / LOOKED_AT_SHARE);
  }
}

/** It is looked for old changes when there are a quarter more than were left the last time. */
const LOOKED_AT_SHARE = 4;

const idOf = (of: { readonly group: string; readonly resource: string }): string => `${of.group}/${of.resource}`;

/** One page of an ordered list. */
export const pageOf = (
  all: readonly StoredObject[],
  { collection, query, version }: { collection: Collection; query: ListQuery; version: Version },
): ObjectList => {
  const { namespace } = collection;
  const inNamespace = namespace === undefined ? all : all.filter(({ key }) => key.namespace === namespace);
  const rest = query.after === undefined ? inNamespace : inNamespace.filter(({ key }) => keyOrder(key) > query.after!);
  const items = query.limit === undefined ? rest : rest.slice(0, query.limit);
  return { items, version, remaining: rest.length - items.length };
};
