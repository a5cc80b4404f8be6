import type { Clock } from '@skerry/ports/clock/clock';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectStore, StoredObject } from '@skerry/ports/object-store/object-store';
import { timestamp } from './objects/conditions.ts';
import { uuidFrom } from './objects/names.ts';
import { isDeleting, isOver } from './objects/pod.ts';
import { isKind, type Kind, keyFor, PODS, type Ref } from './objects/refs.ts';
import type { Pod } from './objects/views.ts';
import type { Change, Mirror } from './state/mirror.ts';
import type { PodCounts } from './state/pod-counts.ts';
import type { Agenda } from './queues/agenda.ts';
import type { WorkQueue } from './queues/work-queue.ts';

/** One controller: it hears of every change, marks what it has to look at, and looks at it from the state as it is then. */
export interface Controller {
  /** Also the first part of its keys in the queue. */
  readonly name: string;
  /** Called for each change, in order, before anything else happens; must be quick. */
  sees(change: Change): void;
  reconcile(ref: Ref): Promise<void> | void;
}

export interface ControlPlaneParts {
  readonly store: ObjectStore;
  readonly mirror: Mirror;
  readonly counts: PodCounts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly queue: WorkQueue;
  readonly agenda: Agenda;
}

const DEFAULT_GRACE_SECONDS = 30;
const CONTEXT = { verb: 'update', subresource: '', user: 'system:controller' } as const;

/** What controllers see of the cluster and do to it. Writes reject with ObjectStoreError when somebody else was first. */
export class ControlPlane {
  readonly mirror: Mirror;
  readonly counts: PodCounts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly #store: ObjectStore;
  readonly #queue: WorkQueue;
  readonly #agenda: Agenda;

  constructor({ store, mirror, counts, clock, random, queue, agenda }: ControlPlaneParts) {
    this.#store = store;
    this.mirror = mirror;
    this.counts = counts;
    this.clock = clock;
    this.random = random;
    this.#queue = queue;
    this.#agenda = agenda;
  }

  get now(): string {
    return timestamp(this.clock.now());
  }

  mark(controller: string, ref: Ref): void {
    this.#queue.mark(`${controller}|${ref}`);
  }

  markLater(controller: string, { ref, delayMs }: { ref: Ref; delayMs: number }): void {
    this.#agenda.add(delayMs, `${controller}|${ref}`);
  }

  /** Makes an object; nothing happens if its namespace takes none any more or the name is taken. */
  async create(kind: Kind, object: KubeObject): Promise<StoredObject | undefined> {
    const { namespace = '' } = object.metadata;
    if (namespace !== '' && !this.mirror.takesObjects(namespace)) return undefined;
    const key = keyFor(kind, object.metadata);
    if (this.mirror.find(kind, key) !== undefined) return undefined;
    const metadata = {
      ...object.metadata,
      uid: uuidFrom(this.random),
      creationTimestamp: this.now,
      ...(isKind(kind, PODS) || kind.group === '' ? {} : { generation: 1 }),
    };
    return this.#store.write({ kind: 'create', key, object: { ...object, metadata } }, { ...CONTEXT, verb: 'create' });
  }

  async update({ key, version, object: before }: StoredObject, object: KubeObject): Promise<StoredObject> {
    const uid = before.metadata.uid;
    return this.#store.write({ kind: 'update', key, object, expected: version, uid }, CONTEXT);
  }

  /** Writes the status if it differs from the one that is there. */
  async updateStatus(stored: StoredObject, status: Readonly<Record<string, unknown>>): Promise<void> {
    if (JSON.stringify(stored.object['status']) === JSON.stringify(status)) return;
    await this.update(stored, { ...stored.object, status });
  }

  /** Removes an object for good, whatever its finalizers say. */
  async remove({ key, version, object }: StoredObject): Promise<void> {
    const write = { kind: 'delete', key, expected: version, uid: object.metadata.uid } as const;
    await this.#store.write(write, { ...CONTEXT, verb: 'delete' });
  }

  /** Deletes as a client does: finalizers are waited for, a pod on a node is given its grace period. */
  async delete(stored: StoredObject, { foreground = false } = {}): Promise<void> {
    const { object, key } = stored;
    if (isDeleting(object)) return;
    const finalizers = [...(object.metadata.finalizers ?? []), ...(foreground ? ['foregroundDeletion'] : [])];
    const graceSeconds = isKind(key, PODS) ? graceOf(object as Pod) : 0;
    if (finalizers.length === 0 && graceSeconds === 0) return this.remove(stored);
    const { generation } = object.metadata;
    const metadata = {
      ...object.metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: timestamp(new Date(this.clock.now().getTime() + graceSeconds * 1_000)),
      deletionGracePeriodSeconds: graceSeconds,
    };
    await this.update(stored, { ...object, metadata });
  }

  /** Takes a finalizer away; the object goes when it was the last thing that kept it. */
  async dropFinalizer(stored: StoredObject, finalizer: string): Promise<void> {
    const { finalizers = [], ...rest } = stored.object.metadata;
    const left = finalizers.filter((name) => name !== finalizer);
    const waits = isKind(stored.key, PODS) && (rest.deletionGracePeriodSeconds ?? 0) > 0;
    if (left.length === 0 && isDeleting(stored.object) && !waits) return this.remove(stored);
    const metadata = left.length === 0 ? rest : { ...rest, finalizers: left };
    await this.update(stored, { ...stored.object, metadata });
  }
}

const graceOf = (pod: Pod): number =>
  !pod.spec.nodeName || isOver(pod) ? 0 : (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
