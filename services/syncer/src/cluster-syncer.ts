import { decodeEvent } from '@skerry/domain/codec';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { ClusterOrders, HubSource } from '@skerry/ports/hub-source/hub-source';
import type { Member } from '@skerry/ports/member/member';
import { singleChannel } from '@skerry/runtime/consumer/channel-selection';
import { Consumer } from '@skerry/runtime/consumer/consumer';
import { type Metrics, noMetrics, type SyncerFigures } from '@skerry/runtime/telemetry/metrics';
import type { Log } from '@skerry/runtime/telemetry/log';
import { tracedMember } from '@skerry/runtime/tracing/traced';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import type { Worker } from '@skerry/runtime/worker/worker';
import { DesiredState } from './desired-state.ts';
import { Holds } from './holds.ts';
import { untilKnown } from './hub-behind.ts';
import { HubStore } from './hub-store.ts';
import { MemberView } from './member-view.ts';
import { MemberLease } from './member/member-lease.ts';
import { ObjectLoop } from './object-loop.ts';
import { Observation } from './observation.ts';
import { Reporter } from './reporter.ts';

export interface SyncerOptions {
  readonly cluster: string;
  /** uid of its Cluster object: what it reports is of no other cluster that gets this name later */
  readonly clusterUid: string;
  readonly member: Member;
  readonly hub: HubSource;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
  readonly holder: string;
  readonly random: () => number;
  /** Reads the hub at a start; absent: at once. Who runs many syncers lets them take turns. Must call it, and tell how it ended. */
  readonly inTurn?: (read: () => Promise<void>) => Promise<void>;
}

const BEAT_MS = 5_000;
const RETRY_MS = 1_000;

/** Drives one cluster to what the hub desires, for ever, and reports what is so. Works on as last told without the hub. */
export class ClusterSyncer {
  readonly #options: SyncerOptions;
  readonly #desired = new DesiredState();
  readonly #view: MemberView;
  readonly #holds: Holds;
  readonly #observation: Observation;
  readonly #loop: ObjectLoop;
  readonly #consumer: Consumer;
  readonly #lease: MemberLease;
  readonly #reporter: Reporter;
  #subscriptions: Subscription[] = [];
  #stopped = false;
  #refusal: TerminalFailure | undefined;
  #lastBeat: Date | undefined;
  #unwatch: () => void = () => {};

  constructor(options: SyncerOptions) {
    this.#options = options;
    const log = options.log.child({ cluster: options.cluster });
    const shared = { ...options, log, member: tracedMember(options.member, options.tracing) };
    this.#holds = new Holds(options.cluster);
    this.#view = new MemberView({
      ...shared,
      onChanged: (uids) => this.#loop.onLive(uids),
      onKinds: () => this.#onKinds(),
      onKindListed: (resource) => this.#loop.onKindListed(resource),
    });
    const { live, kinds } = this.#view;
    this.#observation = new Observation({
      desired: this.#desired,
      live,
      kinds,
      keeps: (uid) => this.#holds.restore.keeps(uid),
    });
    this.#loop = new ObjectLoop({
      ...shared,
      desired: this.#desired,
      view: this.#view,
      holds: this.#holds,
      observation: this.#observation,
      mayAct: () => this.#lease.isHeld,
      changed: (uid) => this.#reporter.changed(uid),
    });
    this.#consumer = new Consumer({
      ...shared,
      name: `syncer-${options.cluster}`,
      selection: singleChannel('desired', options.cluster),
      store: new HubStore(options.hub),
      fold: (row) => this.#loop.onDesired(this.#desired.fold(row), row),
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
      followed: () => ({ incarnation: this.#consumer.incarnation, through: this.#desired.lastPosition }),
      onElected: (term) => void this.#begin(term),
      onLost: () => this.#end(),
      onRewound: () => this.#relist(),
    });
  }

  /** Starts, and goes on trying while hub or member cannot be reached. */
  async start(): Promise<void> {
    const { cluster, bus, metrics = noMetrics, inTurn = (read) => read() } = this.#options;
    this.#unwatch = metrics.watch({ kind: 'syncer', name: cluster, read: () => this.#figures() });
    await this.#until('read the hub', () => inTurn(() => this.#readHub()));
    await this.#until('read the member', () => this.#view.start());
    if (this.#stopped) return;
    await this.#lease.start();
    this.#subscriptions.push(await bus.subscribe(`resync.${cluster}`, () => this.#reporter.reportAll()));
    this.#beat();
  }

  /** Leaves the cluster as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unwatch();
    this.#view.stop();
    await this.#loop.close();
    this.#reporter.end();
    await this.#lease.stop();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await this.#consumer.stop();
  }

  get worker(): Worker {
    return this.#loop.worker;
  }

  get failure(): unknown {
    return this.#consumer.failure ?? this.#refusal;
  }

  get unhealthy(): string | undefined {
    return this.failure ? `syncer ${this.#options.cluster}: ${String(this.failure)}` : undefined;
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
        await this.#pause();
      }
    }
  }

  async #readHub(): Promise<void> {
    if (this.#stopped) return;
    await this.#loadApplied();
    await this.#consumer.start();
    this.#desired.forgetUnknown();
  }

  /** What was applied last, so that a restart repeats nothing. */
  async #loadApplied(): Promise<void> {
    let afterStream = '';
    for (;;) {
      const rows = await this.#options.hub.readLast({ category: 'observed', afterStream, limit: 1_000 });
      for (const row of rows) {
        const event = decodeEvent(row);
        if (event.type === 'ObjectObserved') this.#desired.remember(event.data, this.#options.clusterUid);
      }
      if (rows.length < 1_000) return;
      afterStream = rows.at(-1)!.stream;
    }
  }

  #onKinds(): void {
    this.#loop.onKinds();
    this.#reporter.reportPortrait();
  }

  async #begin(term: number): Promise<void> {
    const before = this.#lease.incarnation;
    if (before === this.#consumer.incarnation && !(await this.#mayActOnOrders())) return;
    if (this.#stopped || !this.#lease.isHeld || this.#lease.term !== term) return;
    if (before !== '' && before !== this.#consumer.incarnation) this.#holds.restore.begin();
    else {
      // another syncer may have brought it to its end since this one held the lease
      this.#holds.restore.end({ living: [], isKnown: () => true });
      if (!(await this.#remember())) this.#warn(undefined, 'the next renewal of the lease will carry the incarnation');
    }
    if (this.#stopped || !this.#lease.isHeld || this.#lease.term !== term) return;
    this.#loop.open();
    this.#reporter.begin(term);
    this.#beatNow(true, '');
  }

  /** Until it is known that nobody before had later orders, nothing is done. Refused, no beat comes either, and the hub takes nothing away. */
  async #mayActOnOrders(): Promise<boolean> {
    const lease = this.#lease;
    const parts = {
      through: lease.through,
      followed: () => this.#desired.lastPosition,
      catchUp: () => this.#consumer.catchUp(),
      head: () => this.#consumer.positionOf(`desired.${this.#options.cluster}`),
    };
    const answer = await untilKnown(parts, {
      isActing: () => !this.#stopped && lease.isHeld,
      pause: () => this.#pause(),
      onUnknown: () =>
        this.#warn(undefined, 'orders are missing and the hub cannot be asked: nothing is done until then'),
    });
    if (!(answer instanceof TerminalFailure)) return answer === 'current';
    this.#refusal = answer;
    this.#warn(answer, 'the hub is older than what this cluster was told: nothing is done');
    await lease.stop();
    return false;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(RETRY_MS, resolve));
  }

  #relist(): void {
    this.#warn(undefined, 'the member was restored to an older state: all is listed anew');
    this.#view.relist();
  }

  #end(): void {
    this.#reporter.end();
    void this.#loop.close();
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
    if (this.#stopped || (!this.#lease.isHeld && apiReady)) return;
    this.#reporter.beat({ apiReady, reason });
    this.#lastBeat = this.#options.clock.now();
  }

  #figures(): SyncerFigures {
    return { ...this.#loop.figures, acting: this.#lease.isHeld, lastBeat: this.#lastBeat };
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
      const orders = await hub.orders();
      this.#holds.takeWithdrawalOrder(orders, { nowMs: clock.monotonicMs(), now: clock.now() });
      await this.#takeRestoreOrder(orders);
    } catch (error) {
      this.#warn(error, 'orders could not be read');
    }
  }

  /** The lease remembers the new incarnation only when all that the hub knows has been taken over. */
  async #takeRestoreOrder({ restore: confirmed }: ClusterOrders): Promise<void> {
    const { restore } = this.#holds;
    if (restore.waitsForPerson && confirmed !== undefined) {
      restore.confirm();
      this.#loop.markAll();
    }
    if (!this.#lease.isHeld || this.#lease.incarnation === this.#consumer.incarnation || !this.#view.isWhole) return;
    const living = new Set([...this.#view.live.all].map(({ hubUid }) => hubUid));
    const objects = { living, isKnown: (uid: string) => this.#desired.knows(uid) };
    if (!restore.isOver(objects)) return;
    restore.end(objects);
    await this.#lease.rememberIncarnation(this.#consumer.incarnation);
  }

  #warn(error: unknown, message: string): undefined {
    this.#options.log.warn({ cluster: this.#options.cluster, error }, message);
    return undefined;
  }
}
