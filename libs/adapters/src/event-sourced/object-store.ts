import type { ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { decodeEvent, type DomainEvent, encodeEvent } from '@skerry/domain/codec';
import { manifestStream } from '@skerry/domain/manifest/manifest';
import { type BlobRef, type Blobs } from '@skerry/ports/blobs/blobs';
import { crashPoint } from '@skerry/kernel/crash-points';
import type { Clock } from '@skerry/ports/clock/clock';
import { type EventStore, partitionOf, type StoredEvent } from '@skerry/ports/event-store/event-store';
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
  type WriteContext,
} from '@skerry/ports/object-store/object-store';
import { Bodies } from './bodies.ts';
import { loadObject, objectOf, storedEventOf } from './manifest-events.ts';
import type { ObjectView } from './object-view.ts';
import { ObjectWindow, pageOf } from './object-window.ts';
import { keyOfStream, listAsOf } from './old-states.ts';
import { Tail } from './tail.ts';
import { NO_VERSION, type Present, propagationOf, refusalOf, stubOf } from './write-checks.ts';

export interface EventSourcedOptions {
  readonly events: EventStore;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly view: ObjectView;
  readonly newId: () => string;
  readonly onFailure: (error: unknown) => void;
}

interface Entry extends Present {
  readonly key: ObjectKey;
  readonly blob: BlobRef | undefined;
  readonly streamVersion: number;
  readonly statusKey: string;
}

/**
 * Kubernetes objects on the event store. A resourceVersion is a position; the state is the last manifest event of every
 * stream, and an event of another category about an object is a change of its status, never a reason for a conflict.
 */
export class EventSourcedObjectStore implements ObjectStore {
  readonly #options: EventSourcedOptions;
  readonly #tail: Tail;
  readonly #entries = new Map<string, Entry>();
  readonly #byUid = new Map<string, string>();
  /** streams of objects that are being deleted and wait for their finalizers */
  readonly #terminating = new Set<string>();
  /** version of the streams whose object is deleted: the next create continues the stream */
  readonly #deleted = new Map<string, number>();
  readonly #bodies: Bodies;
  #window: ObjectWindow;

  constructor(options: EventSourcedOptions) {
    this.#options = options;
    this.#bodies = new Bodies(options);
    this.#window = new ObjectWindow({ clock: options.clock, head: 0 });
    this.#tail = new Tail({
      store: options.events,
      clock: options.clock,
      fold: (row) => this.#fold(row),
      onAdvanced: (through) => this.#window.advance(through),
      onFailure: (error) => {
        // a store that cannot be read for a moment ends no watch
        if (this.#tail.failure !== undefined) this.#window.expireAll();
        options.onFailure(error);
      },
    });
  }

  async start(): Promise<void> {
    const { events, view, clock } = this.#options;
    const { position } = await events.head();
    this.#window = new ObjectWindow({ clock, head: position });
    const head = await this.#tail.start(['manifest', ...view.categories], (row) => this.#load(row));
    this.#window.advance(head);
    for (const entry of this.#entries.values()) this.#window.load(this.#present(entry, entry.mainVersion));
  }

  stop(): void {
    this.#tail.stop();
    this.#window.expireAll();
  }

  get failure(): unknown {
    return this.#tail.failure;
  }

  get through(): number {
    return this.#tail.through;
  }

  async head(): Promise<Version> {
    await this.#tail.fresh();
    return String(this.#window.head);
  }

  async get(key: ObjectKey): Promise<StoredObject | undefined> {
    await this.#tail.fresh();
    const stored = this.#window.get(key);
    return stored && this.#bodies.wholeStored(stored);
  }

  /** The object by its hub uid, as it is now; for queries that come from events. */
  keyOf(uid: string): ObjectKey | undefined {
    const id = this.#byUid.get(uid);
    return id === undefined ? undefined : this.#entries.get(id)?.key;
  }

  /** Objects that are being deleted and wait for their finalizers. */
  terminating(): readonly ObjectKey[] {
    return [...this.#terminating].flatMap((stream) => this.#entries.get(stream)?.key ?? []);
  }

  async list(collection: Collection, query: ListQuery): Promise<ObjectList> {
    await this.#tail.fresh();
    const asked = Number(query.at ?? query.notOlderThan ?? 0);
    if (asked > this.#window.head) {
      throw new ObjectStoreError('too-new', `version ${asked} lies beyond the newest change ${this.#window.head}`);
    }
    const at = query.at === undefined ? this.#window.head : Number(query.at);
    const all = this.#window.listAt(collection, at) ?? (await listAsOf(this.#options, { collection, at }));
    const page = pageOf(all, { collection, query, version: String(at) });
    return { ...page, items: await Promise.all(page.items.map((stored) => this.#bodies.wholeStored(stored))) };
  }

  async write(write: ObjectWrite, context: WriteContext): Promise<StoredObject> {
    const stream = manifestStream(write.key);
    const entry = this.#entries.get(stream);
    const refusal = refusalOf(write, entry);
    // a repeated command is looked up before it is refused: its first run may be why it would be refused now
    if (refusal && context.commandId === undefined) throw refusal;
    const version = refusal ? NO_VERSION : (entry?.streamVersion ?? this.#deleted.get(stream) ?? 0);
    const expected = [{ stream, version }];
    const event = await this.#toEvent(write, { entry, context });
    const commandId = context.commandId ?? this.#options.newId();
    const user = context.user ?? 'unknown';
    const meta = { actor: `user:${user}`, correlationId: commandId, causationId: commandId, traceparent: '' };
    crashPoint('before-append');
    const outcome = await this.#options.events.append({ commandId, events: [event], expected, meta });
    if (outcome.kind === 'conflict') return refusal ? Promise.reject(refusal) : this.#refuse(write);
    if (outcome.kind === 'stale-lease') throw new Error('a write of the gateway carries no lease');
    crashPoint('after-commit');
    this.#tail.offer(outcome.events);
    const row = outcome.events[0]!;
    await this.#tail.waitFor(row.position);
    return this.#answer(write, row);
  }

  async watch(collection: Collection, from: Version): Promise<ObjectWatch> {
    await this.#tail.fresh();
    if (Number(from) > this.#window.head) {
      throw new ObjectStoreError('too-new', `version ${from} lies beyond the newest change ${this.#window.head}`);
    }
    const watch = this.#window.watch(collection, from);
    return {
      next: async () => {
        const { changes, checkpoint } = await watch.next();
        return { changes: await Promise.all(changes.map((change) => this.#bodies.wholeChange(change))), checkpoint };
      },
      nudge: () => watch.nudge(),
      close: () => watch.close(),
    };
  }

  /** Somebody else wrote between our look and our append. */
  async #refuse(write: ObjectWrite): Promise<never> {
    await this.#tail.fresh();
    const name = keyOrder(write.key);
    if (write.kind === 'create') throw new ObjectStoreError('already-exists', `${name} exists already`);
    throw new ObjectStoreError('conflict', `${name} was changed by somebody else`);
  }

  async #answer(write: ObjectWrite, row: StoredEvent): Promise<StoredObject> {
    const version = String(row.position);
    const event = decodeEvent(row);
    if (event.type !== 'ManifestStored') {
      const object = write.kind === 'delete' ? (this.#lastDeleted.get(row.uid) ?? stubOf(write.key)) : write.object;
      return { key: write.key, object: await this.#bodies.whole(object), version };
    }
    const { object, blob } = objectOf(event.data);
    const base = blob ? await loadObject(this.#options.blobs, blob) : object;
    return { key: write.key, object: this.#options.view.present(base), version, mainVersion: version };
  }

  readonly #lastDeleted = new Map<string, KubeObject>();

  async #toEvent(write: ObjectWrite, { entry, context }: { entry: Entry | undefined; context: WriteContext }) {
    const uid = (write.kind === 'delete' ? entry?.base.metadata.uid : write.object.metadata.uid) ?? '';
    const place = {
      stream: manifestStream(write.key),
      partition: partitionOf(uid),
      namespace: write.key.namespace,
      uid,
      cluster: '',
    };
    if (write.kind !== 'delete') {
      const { subresource } = context;
      const object = this.#options.view.toStored(write.object, { base: entry?.base, subresource });
      const data = await storedEventOf(this.#options.blobs, { key: write.key, object, context });
      return { ...place, type: 'ManifestStored', data: encodeEvent('ManifestStored', data) };
    }
    const base = entry?.base ?? stubOf(write.key);
    const version = base.apiVersion.slice(base.apiVersion.indexOf('/') + 1);
    const propagation = propagationOf(base, context);
    const ref = { ...write.key, version, kind: base.kind, uid };
    const data = { ref, propagation };
    return { ...place, type: 'ManifestDeleted', data: encodeEvent('ManifestDeleted', data) };
  }

  #load(row: StoredEvent): void {
    const event = decodeEvent(row);
    if (event.type === 'ManifestStored') this.#enterStored(row, event.data);
    else if (event.type === 'ManifestDeleted') this.#deleted.set(row.stream, row.version);
    else this.#options.view.fold(event, row);
  }

  #fold(row: StoredEvent): void {
    const event = decodeEvent(row);
    if (event.type === 'ManifestStored') {
      this.#window.put(this.#present(this.#enterStored(row, event.data), row.position));
    } else if (event.type === 'ManifestDeleted') {
      this.#leave(row);
    } else {
      this.#foldStatus(event, row);
    }
  }

  #enterStored(row: StoredEvent, data: ManifestStored): Entry {
    if (data.deleting) this.#terminating.add(row.stream);
    return this.#enter(row, objectOf(data));
  }

  #enter(row: StoredEvent, { object, blob }: { object: KubeObject; blob: BlobRef | undefined }): Entry {
    const { group, resource, namespace, name } = keyOfStream(row.stream);
    const statusKey = this.#options.view.statusKey(row.uid);
    const entry: Entry = {
      key: { group, resource, namespace, name },
      base: object,
      blob,
      mainVersion: row.position,
      streamVersion: row.version,
      statusKey,
    };
    this.#entries.set(row.stream, entry);
    this.#byUid.set(row.uid, row.stream);
    this.#deleted.delete(row.stream);
    return entry;
  }

  #leave(row: StoredEvent): void {
    const entry = this.#entries.get(row.stream);
    this.#deleted.set(row.stream, row.version);
    this.#terminating.delete(row.stream);
    if (!entry) return;
    const last = this.#window.get(entry.key);
    if (last) this.#rememberDeleted(row.uid, last.object);
    this.#entries.delete(row.stream);
    this.#byUid.delete(row.uid);
    this.#window.remove(entry.key, String(row.position));
  }

  /** The last state of what was just deleted, for the answer to the delete; a few are enough. */
  #rememberDeleted(uid: string, object: KubeObject): void {
    this.#lastDeleted.set(uid, object);
    if (this.#lastDeleted.size > 1_000) this.#lastDeleted.delete(this.#lastDeleted.keys().next().value!);
  }

  #foldStatus(event: DomainEvent, row: StoredEvent): void {
    const { view } = this.#options;
    const uid = view.fold(event, row);
    const stream = uid === undefined ? undefined : this.#byUid.get(uid);
    const entry = stream === undefined ? undefined : this.#entries.get(stream);
    if (!entry) return;
    const statusKey = view.statusKey(uid!);
    if (statusKey === entry.statusKey) return;
    const changed = { ...entry, statusKey };
    this.#entries.set(stream!, changed);
    this.#window.put(this.#present(changed, row.position));
  }

  #present(entry: Entry, position: number): StoredObject {
    const { key, base, blob, mainVersion } = entry;
    const object = blob ? this.#bodies.stub(base, blob) : this.#options.view.present(base);
    return { key, object, version: String(position), mainVersion: String(mainVersion) };
  }
}
