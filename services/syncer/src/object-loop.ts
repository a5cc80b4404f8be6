import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { Contention } from '@skerry/engines/sync/contention';
import { byKindOrder } from '@skerry/engines/sync/kind-order';
import type { Clock } from '@skerry/ports/clock/clock';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Member } from '@skerry/ports/member/member';
import type { Log } from '@skerry/runtime/telemetry/log';
import type { Metrics, SyncerFigures } from '@skerry/runtime/telemetry/metrics';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { Worker } from '@skerry/runtime/worker/worker';
import { Applier } from './applier.ts';
import { type DesiredState, keyOfRef } from './desired-state.ts';
import type { Holds } from './holds.ts';
import { KindTurns } from './kind-turns.ts';
import type { LiveEntry } from './live-state.ts';
import { LookTraces } from './look-traces.ts';
import { noLoopCounts } from './loop-counts.ts';
import { NameTurns } from './name-turns.ts';
import type { MemberView } from './member-view.ts';
import type { Observation } from './observation.ts';
import type { Outcome } from './outcome.ts';
import type { ServedResource } from './member/kube-calls.ts';
import { RefusedBodies } from './refused-bodies.ts';
import { KINDS, listingOf, reconcileObject } from './reconcile-object.worker.ts';
import type { SyncContext } from './sync-context.ts';
import { Waits } from './waits.ts';

export interface ObjectLoopOptions {
  readonly cluster: string;
  readonly member: Member;
  readonly hub: HubSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
  readonly desired: DesiredState;
  readonly view: MemberView;
  readonly holds: Holds;
  readonly observation: Observation;
  /** the lease of the cluster is held */
  readonly mayAct: () => boolean;
  /** there is something new to report of the object */
  readonly changed: (uid: string) => void;
}

const IN_FLIGHT = 16;

/** Which objects have to be looked at, and looking at them: as desired or live state changes, or as time passes. */
export class ObjectLoop {
  readonly #options: ObjectLoopOptions;
  readonly #contentions = new Map<string, Contention>();
  readonly #refusedBodies = new RefusedBodies();
  /** those that are there, with the hub uid of each */
  readonly #namespaces = new Map<string, string>();
  readonly #waits = new Waits();
  readonly #turns: KindTurns;
  readonly #names = new NameTurns();
  readonly #counts = noLoopCounts();
  readonly #applier: Applier;
  readonly #traces: LookTraces;
  readonly #context: SyncContext;
  /** before the worker is open nothing is marked, so that the first marks are in the order of kinds */
  #isOpen = false;
  readonly worker: Worker;

  constructor(options: ObjectLoopOptions) {
    this.#options = options;
    this.#turns = new KindTurns(options.clock);
    this.#traces = new LookTraces({
      ...options,
      live: options.view.live,
      desiredOf: (uid) => options.desired.desired.get(uid),
    });
    this.#context = this.#makeContext();
    this.#applier = new Applier({ context: this.#context, hub: options.hub });
    this.worker = new Worker({
      ...options,
      name: `syncer-${options.cluster}`,
      concurrency: IN_FLIGHT,
      work: (uid) => this.#reconcile(uid),
    });
  }

  /** Looks at everything, and from now on at what changes. */
  open(): void {
    this.markAll();
    this.#isOpen = true;
    this.worker.open();
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await this.worker.close();
  }

  markAll(): void {
    const { desired, withdrawn } = this.#options.desired;
    for (const { uid } of inOrder(desired.values())) this.worker.mark(uid);
    for (const { uid } of inOrder(withdrawn.values()).reverse()) this.worker.mark(uid);
  }

  /** The hub said something new of the object. */
  onDesired(uid: string, row: StoredEvent): void {
    if (this.#isOpen) this.#traces.ordered(uid, row); // what was ordered before is no part of what happens now
    const { desired, observation } = this.#options;
    const withdrawn = desired.withdrawn.get(uid)?.ref;
    if (withdrawn?.kind === 'Namespace') this.#namespaces.delete(withdrawn.name);
    if (desired.knows(uid)) return this.#mark(uid);
    observation.forget(uid);
    this.#contentions.delete(uid);
    this.#refusedBodies.forget(uid);
    if (!this.#drop(uid)) this.#options.changed(uid);
  }

  /**
   * Live objects changed: look at them, and say what changed. Marked objects that nobody desires are orphans. `own`: the one
   * that was changed by the look that is under way, which needs no other look.
   */
  onLive(uids: readonly string[], own = ''): void {
    for (const uid of uids) {
      if (uid !== own && this.#options.desired.knows(uid)) this.#mark(uid);
      this.#traces.seen(uid);
      for (const waiting of this.#waits.take(uid)) this.#mark(waiting);
      this.#drop(uid);
      this.#options.changed(uid);
    }
  }

  /** The cluster serves other kinds than before. */
  onKinds(): void {
    for (const uid of this.#waits.take(KINDS)) this.#mark(uid);
  }

  /** What waited for this kind to be listed can be looked at. */
  onKindListed(resource: ServedResource): void {
    for (const uid of this.#waits.take(listingOf(resource))) this.#mark(uid);
  }

  get figures(): Omit<SyncerFigures, 'acting' | 'lastBeat'> {
    const { desired, observation, holds, view, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const withdrawalsHeld = [...desired.withdrawn.keys()].filter((uid) => observation.isHeld(uid)).length;
    return {
      ...this.#counts,
      withdrawalsHeld,
      guardShut: holds.isGuardShut({ nowMs, held: view.live.size }),
      restoreWaits: holds.restore.waitsForPerson,
      contended: observation.contended,
      queueLength: this.worker.depth,
    };
  }

  /** Nothing is kept of what neither the hub nor the cluster has. False: one of them has it. */
  #drop(uid: string): boolean {
    const { desired, observation, holds, view } = this.#options;
    if (desired.knows(uid) || view.live.ofHubUid(uid).length > 0) return false;
    observation.forget(uid);
    holds.restore.forget(uid);
    view.live.forget(uid);
    this.#contentions.delete(uid);
    this.#refusedBodies.forget(uid);
    this.#waits.forget(uid);
    this.#traces.forget(uid);
    for (const [name, of] of this.#namespaces) if (of === uid) this.#namespaces.delete(name);
    return true;
  }

  #mark(uid: string): void {
    if (this.#isOpen) this.worker.mark(uid);
  }

  async #reconcile(uid: string): Promise<{ wakeAtMs?: number } | void> {
    const ref = this.#options.desired.refOf(uid);
    if (!ref) return;
    const leaveName = await this.#names.enter(keyOfRef(ref));
    return this.#reconcileAlone(uid).finally(leaveName);
  }

  async #reconcileAlone(uid: string): Promise<{ wakeAtMs?: number } | void> {
    const { desired, observation } = this.#options;
    const ref = desired.refOf(uid);
    if (!ref) return;
    // what comes of this look is said of the order that was looked at
    const placementVersion = desired.placementVersionOf(uid);
    const leave = this.#turns.enter(ref, desired.withdrawn.has(uid));
    const work = () => reconcileObject(this.#context, { uid, applier: this.#applier });
    const result = await this.#traces.look(ref, work).finally(leave);
    if (!desired.knows(uid)) return void this.#drop(uid);
    if (!result) return;
    if (result.outcome) {
      observation.setOutcome(uid, result.outcome, placementVersion);
      this.#onOutcome(ref, result.outcome);
    }
    return result.wakeAtMs === undefined ? undefined : { wakeAtMs: result.wakeAtMs };
  }

  #onOutcome(ref: ObjectRef, { state }: Outcome): void {
    const { desired } = this.#options.desired;
    if (state === ObservedState.GONE) this.#options.desired.applied.delete(ref.uid);
    if (ref.kind === 'Namespace' && state === ObservedState.APPLIED && desired.has(ref.uid)) this.#onNamespace(ref);
    if (ref.kind === 'CustomResourceDefinition') this.#context.askDiscovery();
    this.#options.changed(ref.uid);
  }

  #makeContext(): SyncContext {
    const { member, clock, desired, view, holds, mayAct } = this.#options;
    return {
      member,
      desired,
      live: view.live,
      kinds: view.kinds,
      counts: this.#counts,
      refusedBodies: this.#refusedBodies,
      nowMs: () => clock.monotonicMs(),
      mayAct,
      follow: (resource) => view.follow(resource),
      askDiscovery: () => view.askDiscovery(),
      refreshKinds: () => view.refreshKinds(),
      unconditional: new Set(),
      namespaceIsThere: (name) => this.#namespaces.has(name),
      isMakingNamespace: (name) => this.#turns.isMakingNamespace(name),
      namespaceSeen: (ref) => this.#onNamespace(ref),
      deleteHold: (object, cause) =>
        holds.deleteHoldOf(object, { cause, nowMs: clock.monotonicMs(), held: view.live.size }),
      changeHold: (object) => holds.changeHoldOf(object),
      takeDelete: (cause) => this.#takeDelete(cause),
      waitsFor: (what, uid) => this.#waits.add(what, uid),
      turnOf: (ref) => this.#turns.of(ref),
      contentionOf: (uid) => this.#contentionOf(uid),
      sawLive: (entry) => this.#onAnswer(entry),
      made: (uid) => holds.restore.made(uid),
      repaired: (uid, repair) => this.#recordRepair(uid, repair),
    };
  }

  /** After a restore it takes a look to let an object go. */
  #onAnswer(entry: LiveEntry): void {
    const { view, holds } = this.#options;
    const needsLook = entry.terminating || holds.restore.keeps(entry.hubUid);
    this.onLive(view.live.put(entry), needsLook ? '' : entry.hubUid);
  }

  #takeDelete(cause: string): { hold: string; giveBack: () => void } {
    const { clock, holds, view } = this.#options;
    const nowMs = clock.monotonicMs();
    const hold = holds.take(cause, { nowMs, held: view.live.size });
    return { hold, giveBack: () => holds.giveBack(cause, nowMs) };
  }

  #onNamespace({ name, uid }: ObjectRef): void {
    const { desired } = this.#options;
    const isNews = !this.#namespaces.has(name);
    this.#namespaces.set(name, uid);
    if (!isNews) return;
    const refs = [...desired.inNamespace(name)].map((uid) => desired.refOf(uid)!).sort(byKindOrder);
    for (const ref of refs) this.#mark(ref.uid);
  }

  #contentionOf(uid: string): Contention {
    const present = this.#contentions.get(uid);
    if (present) return present;
    const made = new Contention();
    this.#contentions.set(uid, made);
    return made;
  }

  #recordRepair(
    uid: string,
    { action, manager, fields }: { action: string; manager: string; fields: readonly string[] },
  ): void {
    const { cluster, log, clock, observation } = this.#options;
    this.#counts.repairs += 1;
    log.info({ cluster, uid, action, manager, fields }, 'drift repaired');
    observation.addRepair(uid, { action, manager, fields, at: clock.now() });
  }
}

const inOrder = (of: Iterable<{ readonly ref?: ObjectRef | undefined }>): ObjectRef[] =>
  [...of].map(({ ref }) => ref!).sort(byKindOrder);
