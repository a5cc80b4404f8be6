import { randomUUID } from 'node:crypto';
import { create, fromBinary, toBinary } from '@skerry/contract/message';
import type { ClusterPortrayed } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ObjectObserved } from '@skerry/contract/generated/skerry/v1/observed_pb';
import {
  type Beat,
  ForwardedBeatSchema,
  type Report,
  ReportSchema,
} from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { TerminalFailure } from '@skerry/kernel/errors';
import { fitPortrait, servedKinds } from '@skerry/domain/cluster/served-kinds';
import { observedChannel } from '@skerry/domain/observed/observed';
import type { ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import { MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import type { Outgoing } from '@skerry/runtime/append/appender';
import type { DecisionService, World } from '@skerry/runtime/service/decision-service';
import { ClusterIntake, notReported } from './cluster-intake.ts';
import type { ClustersState } from './clusters-state.ts';
import { foreignClaim } from './foreign-claim.ts';
import { contentOf, dipped } from './observed-content.ts';
import { observedEvent, portraitEvent, reducedObserved } from './outgoing-events.ts';

const PORTRAIT_EVERY_MS = 60_000;
const MAX_EVENTS_PER_APPEND = 200;
const RETRY_MS = 250;

export interface ReportParts {
  readonly world: World;
  readonly state: ClustersState;
  readonly decisions: DecisionService;
}

/**
 * Reports → `observed` events, and beats forwarded once everything that they name is appended. A report is acknowledged
 * to the bus when it was taken, not when it was appended: every start of this judge asks all syncers for a complete set.
 */
export class TakeReports {
  readonly #parts: ReportParts;
  readonly #intakes = new Map<string, { readonly uid: string; readonly intake: ClusterIntake }>();
  /** part of command ids: a second run in one process must not repeat those of the first */
  readonly #run = randomUUID();
  #judge = '';
  #starts = 0;
  #appends = 0;
  #subscription: Subscription | undefined;
  #flushing = false;
  #cancel: () => void = () => {};
  #running = false;

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.startAnew();
    this.#subscription = await this.#parts.world.bus.subscribeReports(async (message) => this.#onReport(message));
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    await this.#subscription?.stop();
    this.#subscription = undefined;
  }

  /** A new judge: nobody's evidence of before counts, and every cluster is asked what it holds. */
  startAnew(): void {
    this.#judge = `${this.#run}/${(this.#starts += 1)}`;
    for (const { intake } of this.#intakes.values()) intake.lose();
    for (const cluster of this.#parts.state.clusters.keys()) this.#askForAll(cluster);
  }

  /** undefined: healthy. Otherwise nothing falls on evidence of these clusters until their reports can be recorded again. */
  get unhealthy(): string | undefined {
    const withheld = [...this.#intakes.values()].filter(({ intake }) => intake.unrecorded.size > 0);
    if (withheld.length === 0) return undefined;
    const named = withheld.map(({ intake }) => `${intake.cluster} (${[...intake.unrecorded].slice(0, 3).join(', ')})`);
    return `reports that the store refuses, by cluster and uid: ${named.join('; ')}; what these clusters say is no evidence`;
  }

  onBeat(beat: Beat): void {
    // without its API the cluster does not know what is so: such a beat proves nothing
    if (!this.#isOurs(beat.incarnation) || !beat.apiReady) return;
    const intake = this.#intake(beat);
    if (!intake) return;
    intake.addBeat(beat, this.#parts.world.clock.monotonicMs());
    if (Number(beat.lastSequence) === 0 || !intake.isComplete) this.#askForAll(beat.cluster);
    this.#flushSoon(0);
  }

  #onReport({ cluster, data }: ReportMessage): void {
    const report = this.#decode(cluster, data);
    if (!report || !this.#isOurs(report.incarnation)) return;
    const intake = this.#intake(report);
    if (!intake) return;
    const known = this.#parts.state.observed(cluster);
    const clusterUid = this.#uidOf(cluster)!;
    const foreign = foreignClaim(report, { cluster, uid: clusterUid });
    if (foreign)
      return this.#parts.world.log.warn({ cluster, foreign }, 'report that speaks of another cluster ignored');
    const nowMs = this.#parts.world.clock.monotonicMs();
    const { resync, missing } = intake.take(stamped(report, clusterUid), { known, nowMs });
    for (const uid of missing) intake.hold({ ...notReported(cluster, known.get(uid)!.ref), clusterUid }, nowMs);
    if (resync) this.#askForAll(cluster);
    if (report.portrait) void this.#portray(cluster, report.portrait);
    this.#flushSoon(0);
  }

  /** What a syncer may speak of is its own cluster, which the subject names. */
  #decode(cluster: string, data: Uint8Array): Report | undefined {
    const { log } = this.#parts.world;
    try {
      const report = fromBinary(ReportSchema, data);
      if (report.cluster === cluster) return report;
      log.warn({ cluster, claims: report.cluster }, 'report of another cluster ignored');
    } catch (error) {
      log.warn({ cluster, error }, 'report that cannot be read ignored');
    }
    return undefined;
  }

  #isOurs(incarnation: string): boolean {
    return incarnation === this.#parts.decisions.consumer.incarnation;
  }

  /** undefined: there is no such cluster, or the syncer worked for an earlier one of that name. */
  #intake({ cluster, clusterUid }: { cluster: string; clusterUid: string }): ClusterIntake | undefined {
    const uid = this.#uidOf(cluster);
    if (uid === undefined || (clusterUid !== '' && clusterUid !== uid)) return undefined;
    const present = this.#intakes.get(cluster);
    if (present?.uid === uid) return present.intake;
    const intake = new ClusterIntake(cluster);
    this.#intakes.set(cluster, { uid, intake });
    return intake;
  }

  #uidOf(cluster: string): string | undefined {
    return this.#parts.state.clusters.get(cluster)?.uid;
  }

  /** Of a cluster that has left nothing is appended any more. */
  #dropGone(): void {
    for (const [cluster, { uid }] of this.#intakes) if (this.#uidOf(cluster) !== uid) this.#intakes.delete(cluster);
  }

  #askForAll(cluster: string): void {
    this.#parts.world.bus.publish(`resync.${cluster}`, new Uint8Array());
  }

  #flushSoon(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#parts.world.clock.after(delayMs, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#flushing || !this.#running) return;
    this.#flushing = true;
    try {
      this.#dropGone();
      for (const { intake } of [...this.#intakes.values()]) await this.#flushOne(intake);
    } finally {
      this.#flushing = false;
    }
    const due = [...this.#intakes.values()].flatMap(({ intake }) => intake.nextDueMs ?? []);
    if (due.length > 0) this.#flushSoon(Math.max(1, Math.min(...due) - this.#parts.world.clock.monotonicMs()));
  }

  async #flushOne(intake: ClusterIntake): Promise<void> {
    const news = intake.due(this.#parts.world.clock.monotonicMs()).filter((data) => this.#isNews(intake.cluster, data));
    for (let at = 0; at < news.length; at += MAX_EVENTS_PER_APPEND) {
      await this.#record(intake, news.slice(at, at + MAX_EVENTS_PER_APPEND));
    }
    if (!this.#running) return; // what was handed out may not be recorded: no beat may vouch for it
    const beat = intake.takeBeat(this.#parts.world.clock.monotonicMs());
    if (beat) this.#forward(intake.cluster, beat);
  }

  #isNews(cluster: string, data: ObjectObserved): boolean {
    const last = this.#parts.state.observed(cluster).get(data.ref!.uid);
    const isOthers = last !== undefined && last.clusterUid !== '' && last.clusterUid !== data.clusterUid;
    return isOthers || data.repairs.length > 0 || dipped(data) || last?.content !== contentOf(data).content;
  }

  /** What was taken must not be lost: repeated under one command id until it is appended or the lease is gone. */
  async #appendUntilDone(events: readonly Outgoing[]): Promise<TerminalFailure | undefined> {
    const { world, decisions } = this.#parts;
    const commandId = `intake/${this.#judge}/${(this.#appends += 1)}`;
    while (this.#running) {
      try {
        await decisions.append({ commandId, events, expected: [] });
        return undefined;
      } catch (error) {
        if (error instanceof TerminalFailure) return error;
        world.log.warn({ error }, 'observed events could not be appended, trying again');
        await new Promise<void>((resolve) => world.clock.after(RETRY_MS, resolve));
      }
    }
    return undefined;
  }

  /** One event that the store will never take must hold up no other. */
  async #record(intake: ClusterIntake, news: readonly ObjectObserved[]): Promise<void> {
    if (await this.#appendUntilDone(news.map(observedEvent))) {
      for (const data of news) await this.#recordReduced(intake, data);
      return;
    }
    for (const { ref } of news) intake.recorded(ref!.uid, true);
  }

  /**
   * What was recorded last may say ready of something that is not: when the store refuses the whole of what is so now, what
   * decisions read of it is recorded, and when it refuses even that, nothing that this cluster ever said is evidence.
   */
  async #recordReduced(intake: ClusterIntake, data: ObjectObserved): Promise<void> {
    const whole = observedEvent(data);
    const refused = await this.#appendUntilDone([whole]);
    if (!refused) return intake.recorded(data.ref!.uid, true);
    const { stream } = whole;
    const bytes = whole.data.byteLength;
    this.#parts.world.log.warn({ stream, bytes, error: refused }, 'the store refuses this event: recorded in part');
    const reduced = reducedObserved(data, bytes);
    if (!this.#isNews(intake.cluster, reduced)) return intake.recorded(data.ref!.uid, true);
    const error = await this.#appendUntilDone([observedEvent(reduced)]);
    intake.recorded(data.ref!.uid, !error);
    if (error)
      this.#parts.world.log.error({ stream, error }, 'the store refuses any event of this object: beats withheld');
  }

  #forward(cluster: string, { term, sequence, ageMs }: { term: number; sequence: number; ageMs: number }): void {
    const observedThrough = BigInt(this.#parts.decisions.consumer.positionOf(observedChannel(cluster)));
    const named = { term: BigInt(term), sequence: BigInt(sequence), observedThrough };
    const beat = { cluster, ...named, judge: this.#judge, ageMs: BigInt(Math.round(ageMs)) };
    this.#parts.world.bus.publish(`fbeat.${cluster}`, toBinary(ForwardedBeatSchema, create(ForwardedBeatSchema, beat)));
  }

  /** At most once a minute, but at once when the kinds served changed: what waits for a CRD should not wait longer. */
  async #portray(cluster: string, reported: ClusterPortrayed): Promise<void> {
    const { state, world } = this.#parts;
    const uid = this.#uidOf(cluster)!;
    const portrait = fitPortrait({ ...reported, cluster, clusterUid: uid }, MAX_EVENT_BYTES);
    const last = state.portraits.get(cluster);
    const nowMs = world.clock.monotonicMs();
    const sameKinds =
      last &&
      servedKinds(last.data).join() === servedKinds(portrait).join() &&
      last.data.kindsComplete === portrait.kindsComplete;
    if (sameKinds && last.data.clusterUid === uid && nowMs - last.atMs < PORTRAIT_EVERY_MS) return;
    if (sameKinds && samePortrait(last.data, portrait)) return;
    if (reported.kindsComplete && !portrait.kindsComplete) {
      const kinds = reported.kinds.length;
      world.log.warn({ cluster, kinds }, 'serves more kinds than an event takes: some are treated as not known');
    }
    const error = await this.#appendUntilDone([portraitEvent(portrait)]);
    if (error) world.log.error({ cluster, error }, 'the store refuses this portrait');
  }
}

const samePortrait = (a: ClusterPortrayed, b: ClusterPortrayed): boolean => portraitText(a) === portraitText(b);

const portraitText = (portrait: ClusterPortrayed): string =>
  JSON.stringify(portrait, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

/** Every object carries the sequence of the report that brought it. */
const stamped = (report: Report, clusterUid: string): Report => {
  for (const object of report.objects) {
    object.term = report.term;
    object.sequence = report.sequence;
    object.cluster = report.cluster;
    object.clusterUid = clusterUid;
    object.incarnation = report.incarnation;
  }
  return report;
};
