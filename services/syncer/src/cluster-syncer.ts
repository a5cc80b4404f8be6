import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { Contention } from '@skerry/engines/sync/contention';
import { byKindOrder } from '@skerry/engines/sync/kind-order';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { Member } from '@skerry/ports/member/member';
import { singleChannel } from '@skerry/runtime/consumer/channel-selection';
import { Consumer } from '@skerry/runtime/consumer/consumer';
import type { Log } from '@skerry/runtime/telemetry/log';
import { Worker } from '@skerry/runtime/worker/worker';
import { Applier } from './applier.ts';
import { DeleteHolds } from './delete-holds.ts';
import { DesiredState } from './desired-state.ts';
import { HubStore } from './hub-store.ts';
import type { LiveEntry } from './live-state.ts';
import { MemberView } from './member-view.ts';
import { MemberLease } from './member/member-lease.ts';
import { Observation } from './observation.ts';
import { reconcileObject } from './reconcile-object.worker.ts';
import { Reporter } from './reporter.ts';
import type { SyncContext } from './sync-context.ts';

export interface SyncerOptions {
  readonly cluster: string;
  readonly member: Member;
  readonly hub: HubSource;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  readonly random: () => number;
}

const BEAT_MS = 5_000;
const IN_FLIGHT = 16;
const RETRY_MS = 1_000;

/** Drives one cluster to what the hub desires, for ever, and reports what is so. Works on as last told without the hub. */
export class ClusterSyncer {
  readonly #options: SyncerOptions;
  readonly #desired = new DesiredState();
  readonly #view: MemberView;
  readonly #holds: DeleteHolds;
  readonly #observation: Observation;
  readonly #contentions = new Map<string, Contention>();
  readonly #namespaces = new Set<string>();
  readonly #consumer: Consumer;
  readonly #worker: Worker;
  readonly #lease: MemberLease;
  readonly #reporter: Reporter;
  readonly #applier: Applier;
  readonly #context: SyncContext;
  #subscriptions: Subscription[] = [];
  #stopped = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
    const log = options.log.child({ cluster: options.cluster });
    const shared = { ...options, log };
    this.#holds = new DeleteHolds(options.cluster);
    this.#view = new MemberView({
      ...shared,
      onChanged: (uids) => this.#onLive(uids),
      onKinds: () => this.#reporter.reportPortrait(),
    });
    const { live, kinds } = this.#view;
    this.#observation = new Observation({ desired: this.#desired, live, kinds });
    this.#context = this.#makeContext();
    this.#applier = new Applier({ context: this.#context, hub: options.hub });
    this.#worker = new Worker({
      ...shared,
      name: `syncer-${options.cluster}`,
      concurrency: IN_FLIGHT,
      work: (uid) => this.#reconcile(uid),
    });
    this.#consumer = new Consumer({
      ...shared,
      name: `syncer-${options.cluster}`,
      selection: singleChannel('desired', options.cluster),
      store: new HubStore(options.hub),
      fold: (row) => this.#onDesired(this.#desired.fold(row)),
    });
    this.#reporter = new Reporter({
      ...shared,
      observe: (uid) => this.#observation.observe(uid),
      confirm: (uids) => this.#observation.confirm(uids),
      everything: () => this.#observation.everything(),
      portrait: () => this.#view.describe(),
      incarnation: () => this.#consumer.incarnation,
    });
    this.#lease = new MemberLease({
      ...shared,
      onElected: (term) => void this.#begin(term),
      onLost: () => this.#end(),
    });
  }

  /** Starts, and goes on trying while hub or member cannot be reached. */
  async start(): Promise<void> {
    await this.#until('read the hub', async () => {
      await this.#loadApplied();
      await this.#consumer.start();
    });
    await this.#until('read the member', () => this.#view.start());
    if (this.#stopped) return;
    await this.#lease.start();
    const { cluster, bus } = this.#options;
    this.#subscriptions.push(await bus.subscribe(`resync.${cluster}`, () => this.#reporter.reportAll()));
    this.#beat();
  }

  /** Leaves the cluster as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#view.stop();
    await this.#worker.close();
    this.#reporter.end();
    await this.#lease.stop();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await this.#consumer.stop();
  }

  get worker(): Worker {
    return this.#worker;
  }

  get unhealthy(): string | undefined {
    return this.#consumer.failure ? `syncer ${this.#options.cluster}: ${String(this.#consumer.failure)}` : undefined;
  }

  async #until(what: string, work: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        return await work();
      } catch (error) {
        this.#options.log.warn(
          { cluster: this.#options.cluster, what, error },
          'syncer cannot start yet, trying again',
        );
        await new Promise<void>((resolve) => this.#options.clock.after(RETRY_MS, resolve));
      }
    }
  }

  /** What was applied last, so that a restart repeats nothing. */
  async #loadApplied(): Promise<void> {
    let afterStream = '';
    for (;;) {
      const rows = await this.#options.hub.readLast({ category: 'observed', afterStream, limit: 1_000 });
      for (const row of rows) {
        const event = decodeEvent(row);
        if (event.type === 'ObjectObserved') this.#desired.remember(event.data);
      }
      if (rows.length < 1_000) return;
      afterStream = rows.at(-1)!.stream;
    }
  }

  #onDesired(uid: string): void {
    const withdrawn = this.#desired.withdrawn.get(uid)?.ref;
    if (withdrawn?.kind === 'Namespace') this.#namespaces.delete(withdrawn.name);
    this.#worker.mark(uid);
  }

  /** A live object changed: look at it, and say what changed. Marked objects that nobody desires are orphans. */
  #onLive(uids: readonly string[]): void {
    for (const uid of uids) {
      if (this.#desired.knows(uid)) this.#worker.mark(uid);
      this.#reporter.changed(uid);
    }
  }

  async #begin(term: number): Promise<void> {
    const before = this.#lease.incarnation;
    if (before !== '' && before !== this.#consumer.incarnation) this.#holds.holdForRestore();
    else if (!(await this.#remember()))
      this.#warn(undefined, 'the next renewal of the lease will carry the incarnation');
    if (this.#stopped || this.#lease.term !== term) return;
    const uids = [...this.#desired.desired.keys(), ...this.#desired.withdrawn.keys()];
    const refs = uids.map((uid) => this.#desired.refOf(uid)!).sort(byKindOrder);
    for (const ref of refs) this.#worker.mark(ref.uid);
    this.#worker.open();
    this.#reporter.begin(term);
    this.#beatNow(true, '');
  }

  #end(): void {
    this.#reporter.end();
    void this.#worker.close();
  }

  async #reconcile(uid: string): Promise<{ wakeAtMs?: number } | void> {
    const result = await reconcileObject(this.#context, { uid, applier: this.#applier });
    if (!result) return;
    this.#observation.setOutcome(uid, result.outcome);
    const ref = this.#desired.refOf(uid);
    if (ref?.kind === 'Namespace' && result.outcome.state === ObservedState.APPLIED)
      this.#context.namespaceSeen(ref.name);
    if (ref?.kind === 'CustomResourceDefinition') this.#context.askDiscovery();
    this.#reporter.changed(uid);
    return result.wakeAtMs === undefined ? undefined : { wakeAtMs: result.wakeAtMs };
  }

  #beat(): void {
    if (this.#stopped) return;
    void this.#view.askReady().then(({ apiReady, reason }) => this.#beatNow(apiReady, reason));
    this.#reporter.reportPortrait();
    void this.#readOrders();
    this.#options.clock.after(BEAT_MS, () => this.#beat());
  }

  #beatNow(apiReady: boolean, reason: string): void {
    // without its API the lease cannot be renewed; that the cluster is cut off must be heard all the same
    if (!this.#stopped && (this.#lease.isHeld || !apiReady)) this.#reporter.beat({ apiReady, reason });
  }

  /** False when the member did not take it: it then goes with the next renewal. */
  async #remember(): Promise<boolean> {
    try {
      await this.#lease.rememberIncarnation(this.#consumer.incarnation);
      return true;
    } catch (error) {
      this.#warn(error, 'incarnation could not be written');
      return false;
    }
  }

  async #readOrders(): Promise<void> {
    const { hub, clock } = this.#options;
    try {
      const confirmed = await this.#holds.readOrders(hub, clock.monotonicMs());
      if (confirmed) await this.#lease.rememberIncarnation(this.#consumer.incarnation);
    } catch (error) {
      this.#warn(error, 'orders could not be read');
    }
  }

  #warn(error: unknown, message: string): undefined {
    this.#options.log.warn({ cluster: this.#options.cluster, error }, message);
    return undefined;
  }

  #makeContext(): SyncContext {
    const { member, clock } = this.#options;
    return {
      member,
      desired: this.#desired,
      live: this.#view.live,
      kinds: this.#view.kinds,
      nowMs: () => clock.monotonicMs(),
      mayAct: () => this.#lease.isHeld,
      follow: (resource) => this.#view.follow(resource),
      askDiscovery: () => this.#view.askDiscovery(),
      namespaceIsThere: (name) => this.#namespaces.has(name),
      namespaceSeen: (name) => this.#onNamespace(name),
      deleteHold: (cause) => this.#holds.holdOf(cause, { nowMs: clock.monotonicMs(), held: this.#view.live.size }),
      changeHold: () => this.#holds.changeHold,
      passedGuard: (cause) => this.#holds.passed(cause, clock.monotonicMs()),
      contentionOf: (uid) => this.#contentionOf(uid),
      sawLive: (entry: LiveEntry) => this.#onLive(this.#view.live.put(entry)),
      repaired: (uid, repair) => this.#recordRepair(uid, repair),
    };
  }

  #onNamespace(name: string): void {
    if (this.#namespaces.has(name)) return;
    this.#namespaces.add(name);
    const refs = [...this.#desired.inNamespace(name)].map((uid) => this.#desired.refOf(uid)!).sort(byKindOrder);
    for (const ref of refs) this.#worker.mark(ref.uid);
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
    const { cluster, log, clock } = this.#options;
    log.info({ cluster, uid, action, manager, fields }, 'drift repaired');
    this.#observation.addRepair(uid, { action, manager, fields, at: clock.now() });
  }
}
