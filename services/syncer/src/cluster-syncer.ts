import { create } from '@skerry/contract/message';
import {
  type ObjectObserved,
  ObjectObservedSchema,
  ObservedState,
} from '@skerry/contract/generated/skerry/v1/observed_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { Contention } from '@skerry/engines/sync/contention';
import { byKindOrder } from '@skerry/engines/sync/kind-order';
import { WithdrawalGuard } from '@skerry/engines/sync/withdrawal-guard';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { Member } from '@skerry/ports/member/member';
import { singleChannel } from '@skerry/runtime/consumer/channel-selection';
import { Consumer } from '@skerry/runtime/consumer/consumer';
import type { Log } from '@skerry/runtime/telemetry/log';
import { Worker } from '@skerry/runtime/worker/worker';
import { Applier } from './applier.ts';
import { DesiredState, keyOfRef } from './desired-state.ts';
import { FollowedKinds } from './followed-kinds.ts';
import { HubStore } from './hub-store.ts';
import { isCounted, type LiveEntry, LiveState } from './live-state.ts';
import { discover, ServedKinds } from './member/discovery.ts';
import { Informer } from './member/informer.ts';
import { collectionPath, type ServedResource } from './member/kube-calls.ts';
import { MemberLease } from './member/member-lease.ts';
import type { Outcome } from './outcome.ts';
import { ClusterPortrait } from './portrait.ts';
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
const DISCOVERY_MS = 30_000;
const DISCOVERY_SOON_MS = 300;
const IN_FLIGHT = 16;
const RETRY_MS = 1_000;
const MAX_REPAIRS_KEPT = 20;
/** Two of an owner's objects in the member: the shadow of ReplicaSets and pods behind what is ours. */
const CORE: Readonly<Record<'nodes' | 'pods' | 'replicasets', ServedResource>> = {
  nodes: { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false, verbs: [] },
  pods: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] },
  replicasets: { group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true, verbs: [] },
};

/** Drives one cluster to what the hub desires, for ever, and reports what is so. Works on as last told without the hub. */
export class ClusterSyncer {
  readonly #options: SyncerOptions;
  readonly #desired = new DesiredState();
  readonly #live = new LiveState();
  readonly #kinds = new ServedKinds();
  readonly #portrait = new ClusterPortrait();
  readonly #guard = new WithdrawalGuard();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #contentions = new Map<string, Contention>();
  readonly #repairs = new Map<string, ObjectObserved['repairs']>();
  readonly #namespaces = new Set<string>();
  readonly #consumer: Consumer;
  readonly #worker: Worker;
  readonly #lease: MemberLease;
  readonly #reporter: Reporter;
  readonly #followed: FollowedKinds;
  readonly #applier: Applier;
  readonly #context: SyncContext;
  #informers: Informer[] = [];
  #subscriptions: Subscription[] = [];
  #stopped = false;
  #discoverySoon = false;
  #memberVersion = '';
  #restoreHeld = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
    const log = options.log.child({ cluster: options.cluster });
    const shared = { ...options, log };
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
      observe: (uid) => this.#observe(uid),
      everything: () => this.#known(),
      portrait: () => this.#describe(),
      incarnation: () => this.#consumer.incarnation,
    });
    this.#lease = new MemberLease({
      ...shared,
      onElected: (term) => void this.#begin(term),
      onLost: () => this.#end(),
    });
    this.#followed = new FollowedKinds({ ...shared, live: this.#live, onChanged: (uids) => this.#onLive(uids) });
  }

  /** Starts, and goes on trying while hub or member cannot be reached. */
  async start(): Promise<void> {
    await this.#until('read the hub', async () => {
      await this.#loadApplied();
      await this.#consumer.start();
    });
    await this.#until('read the member', async () => {
      await this.#discover();
      await this.#followed.findMarked(this.#kinds);
      await this.#followCore();
    });
    if (this.#stopped) return;
    await this.#lease.start();
    const { cluster, bus } = this.#options;
    this.#subscriptions.push(await bus.subscribe(`resync.${cluster}`, () => this.#reporter.reportAll()));
    this.#beat();
    this.#rediscover();
  }

  /** Leaves the cluster as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#followed.stop();
    for (const informer of this.#informers) informer.stop();
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

  async #followCore(): Promise<void> {
    const onNode = {
      put: (o: Parameters<ClusterPortrait['putNode']>[0]) => this.#portrait.putNode(o),
      gone: (uid: string) => this.#portrait.removeNode(uid),
      known: () => this.#portrait.nodeUids,
    };
    const onPod = {
      put: (object: Parameters<ClusterPortrait['putPod']>[0]) => {
        this.#portrait.putPod(object);
        this.#onLive(this.#live.putPod(object));
      },
      gone: (uid: string) => {
        this.#portrait.removePod(uid);
        this.#onLive(this.#live.removePod(uid));
      },
      known: () => this.#live.podUids,
    };
    const onSet = {
      put: (object: Parameters<LiveState['putReplicaSet']>[0]) => this.#onLive(this.#live.putReplicaSet(object)),
      gone: (uid: string) => this.#onLive(this.#live.removeReplicaSet(uid)),
      known: () => [] as string[],
    };
    const follow = (
      resource: ServedResource,
      on: { put: (o: never) => void; gone: (uid: string) => void; known: () => Iterable<string> },
    ) => {
      const informer = new Informer({
        ...this.#options,
        path: collectionPath(resource),
        selector: '',
        onPut: (object) => on.put(object as never),
        onGone: (object) => on.gone(object.metadata.uid ?? ''),
        onListed: (present) => [...on.known()].filter((uid) => !present.has(uid)).forEach((uid) => on.gone(uid)),
      });
      informer.start();
      return informer;
    };
    this.#informers = [follow(CORE.nodes, onNode), follow(CORE.replicasets, onSet), follow(CORE.pods, onPod)];
    await Promise.all(this.#informers.map((informer) => informer.synced));
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
    this.#restoreHeld = before !== '' && before !== this.#consumer.incarnation;
    if (!this.#restoreHeld) await this.#lease.rememberIncarnation(this.#consumer.incarnation);
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
    const before = this.#outcomes.get(uid);
    this.#outcomes.set(uid, result.outcome);
    const ref = this.#desired.refOf(uid);
    if (ref?.kind === 'Namespace' && result.outcome.state === ObservedState.APPLIED)
      this.#context.namespaceSeen(ref.name);
    if (ref?.kind === 'CustomResourceDefinition') this.#context.askDiscovery();
    if (before !== result.outcome) this.#reporter.changed(uid);
    this.#reporter.changed(uid);
    return result.wakeAtMs === undefined ? undefined : { wakeAtMs: result.wakeAtMs };
  }

  /** Everything that there is something to say about: desired, withdrawn, and marked objects that nobody desires. */
  *#known(): Iterable<string> {
    yield* this.#desired.desired.keys();
    yield* this.#desired.withdrawn.keys();
    const seen = new Set<string>();
    for (const { hubUid } of this.#live.all) {
      if (hubUid === '' || seen.has(hubUid) || this.#desired.knows(hubUid)) continue;
      seen.add(hubUid);
      yield hubUid;
    }
  }

  #observe(uid: string): ObjectObserved | undefined {
    const ref = this.#desired.refOf(uid);
    if (!ref) return this.#observeOrphan(uid);
    const outcome = this.#outcomes.get(uid);
    if (!outcome) return undefined;
    const entry = this.#live.get(keyOfRef(ref));
    const live = entry?.hubUid === uid ? entry : undefined;
    const applied = this.#desired.applied.get(uid);
    const counted = isCounted(ref);
    const repairs = this.#repairs.get(uid) ?? [];
    this.#repairs.delete(uid);
    return create(ObjectObservedSchema, {
      ref,
      placementVersion: this.#desired.placementVersionOf(uid),
      ...outcome,
      desiredHash: applied?.desiredHash ?? '',
      ownedHash: applied?.ownedHash ?? '',
      memberUid: live?.memberUid ?? '',
      hasCount: counted,
      count: counted ? (live ? this.#live.takeCount(live) : NOTHING_RUNS) : undefined,
      status: new TextEncoder().encode(live?.status ?? ''),
      repairs,
      appliedGeneration: BigInt(live?.generation ?? 0),
    });
  }

  #observeOrphan(uid: string): ObjectObserved | undefined {
    const [entry] = this.#live.ofHubUid(uid);
    if (!entry) return undefined;
    const { group, version, kind, namespace, name } = entry;
    return create(ObjectObservedSchema, {
      ref: { group, version, resource: this.#kinds.find(entry)?.plural ?? '', kind, namespace, name, uid },
      state: ObservedState.ORPHAN,
      reason: 'Orphan',
      message: 'carries our mark and is not desired here; nothing is done to it',
      memberUid: entry.memberUid,
    });
  }

  #describe() {
    return this.#portrait.describe({
      cluster: this.#options.cluster,
      kinds: this.#kinds,
      version: this.#memberVersion,
    });
  }

  async #discover(): Promise<void> {
    const { member } = this.#options;
    if (this.#kinds.set(await discover(member))) this.#reporter.reportPortrait();
    const version = await member.request({ method: 'GET', path: '/version' });
    this.#memberVersion = (version.body as { gitVersion?: string }).gitVersion ?? '';
  }

  #rediscover(): void {
    if (this.#stopped) return;
    this.#options.clock.after(DISCOVERY_MS, () => {
      void this.#discover().catch((error: unknown) => this.#warn(error, 'discovery failed'));
      this.#rediscover();
    });
  }

  #beat(): void {
    if (this.#stopped) return;
    void this.#askReady().then(({ apiReady, reason }) => this.#beatNow(apiReady, reason));
    this.#reporter.reportPortrait();
    if (this.#restoreHeld || this.#worker.depth > 0) void this.#readOrders();
    this.#options.clock.after(BEAT_MS, () => this.#beat());
  }

  #beatNow(apiReady: boolean, reason: string): void {
    if (!this.#stopped && (this.#lease.isHeld || !apiReady)) this.#reporter.beat({ apiReady, reason });
  }

  async #askReady(): Promise<{ apiReady: boolean; reason: string }> {
    try {
      const signal = AbortSignal.timeout(4_000);
      const { status } = await this.#options.member.request({ method: 'GET', path: '/readyz', signal });
      return { apiReady: status === 200, reason: status === 200 ? '' : `/readyz answered ${status}` };
    } catch (error) {
      return { apiReady: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Orders of people: a confirmation of withdrawals opens the guard, one of a restore lets deletes go again. */
  async #readOrders(): Promise<void> {
    const orders = await this.#options.hub
      .orders()
      .catch((error: unknown) => this.#warn(error, 'orders could not be read'));
    if (!orders) return;
    if (orders.withdrawals !== undefined && orders.withdrawals !== this.#confirmed.withdrawals) {
      this.#confirmed.withdrawals = orders.withdrawals;
      this.#guard.confirm(this.#options.clock.monotonicMs());
    }
    if (this.#restoreHeld && orders.restore !== undefined && orders.restore !== this.#confirmed.restore) {
      this.#confirmed.restore = orders.restore;
      this.#restoreHeld = false;
      await this.#lease.rememberIncarnation(this.#consumer.incarnation);
    }
  }

  readonly #confirmed: { withdrawals?: string; restore?: string } = {};

  #warn(error: unknown, message: string): undefined {
    this.#options.log.warn({ cluster: this.#options.cluster, error }, message);
    return undefined;
  }

  #makeContext(): SyncContext {
    const { member, clock, cluster } = this.#options;
    return {
      member,
      desired: this.#desired,
      live: this.#live,
      kinds: this.#kinds,
      nowMs: () => clock.monotonicMs(),
      mayAct: () => this.#lease.isHeld,
      follow: (resource) => this.#followed.follow(resource),
      askDiscovery: () => this.#askDiscovery(),
      namespaceIsThere: (name) => this.#namespaces.has(name),
      namespaceSeen: (name) => this.#onNamespace(name),
      deleteHold: (cause) => this.#deleteHold(cause, cluster),
      passedGuard: (cause) => this.#guard.passed(cause, clock.monotonicMs()),
      contentionOf: (uid) => this.#contentionOf(uid),
      sawLive: (entry: LiveEntry) => this.#onLive(this.#live.put(entry)),
      repaired: (uid, repair) => this.#recordRepair(uid, repair),
    };
  }

  #onNamespace(name: string): void {
    if (this.#namespaces.has(name)) return;
    this.#namespaces.add(name);
    const refs = [...this.#desired.inNamespace(name)].map((uid) => this.#desired.refOf(uid)!).sort(byKindOrder);
    for (const ref of refs) this.#worker.mark(ref.uid);
  }

  #deleteHold(cause: string, cluster: string): string {
    if (this.#restoreHeld)
      return `the hub was restored from a backup; nothing is deleted until: skerry confirm restore ${cluster}`;
    return this.#guard.holdOf(cause, { nowMs: this.#options.clock.monotonicMs(), held: this.#live.size, cluster });
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
    const repair = { action, manager, fields: [...fields], atUnixMs: BigInt(clock.now().getTime()) };
    const before = this.#repairs.get(uid) ?? [];
    this.#repairs.set(uid, [...before, repair as ObjectObserved['repairs'][number]].slice(-MAX_REPAIRS_KEPT));
  }

  /** Asked for by an object whose kind is not served, or after a CRD was applied: several askers share one look. */
  #askDiscovery(): void {
    if (this.#discoverySoon) return;
    this.#discoverySoon = true;
    this.#options.clock.after(DISCOVERY_SOON_MS, () => {
      this.#discoverySoon = false;
      void this.#discover().catch((error: unknown) => this.#warn(error, 'discovery failed'));
    });
  }
}

const NOTHING_RUNS = { replicas: 0, ready: 0, updated: 0, lowestReady: 0 };
