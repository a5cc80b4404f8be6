import { fromBinary } from '@skerry/contract/message';
import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { type Beat, BeatSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { verdictStream } from '@skerry/domain/cluster/cluster';
import { ConcurrencyConflict, TransientFailure } from '@skerry/kernel/errors';
import type { Subscription } from '@skerry/ports/bus/bus';
import { commandIdOf } from '@skerry/runtime/hash';
import type { DecisionService, WorkOutcome, World } from '@skerry/runtime/service/decision-service';
import { ClusterJudge, type Judgement } from './cluster-judge.ts';
import type { ClustersState } from './clusters-state.ts';
import { verdictEvent } from './outgoing-events.ts';
import type { TakeReports } from './take-reports.worker.ts';

const TICK_MS = 1_000;
/** A gap between two ticks longer than this is a pause of the judge: all evidence starts anew. */
const PAUSE_MS = 5_000;
const BEACON_SUBJECT = 'beacon';

export interface JudgeParts {
  readonly world: World;
  readonly state: ClustersState;
  readonly decisions: DecisionService;
  readonly reports: TakeReports;
}

/** Ticks once a second: sends and hears the beacon, ages the clusters, appends verdicts that changed. */
export class JudgeClusters {
  readonly #parts: JudgeParts;
  #judge: ClusterJudge;
  #subscriptions: Subscription[] = [];
  #cancel: () => void = () => {};
  #tickedMs = 0;
  #running = false;
  /** by name: uid of the Cluster that the judge's evidence is of */
  readonly #judged = new Map<string, string>();
  /** clusters whose verdict is on its way to the store */
  readonly #appending = new Set<string>();

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#judge = new ClusterJudge(parts.world.clock.monotonicMs());
  }

  async start(): Promise<void> {
    const { world } = this.#parts;
    if (this.#running) return;
    this.#running = true;
    this.#tickedMs = world.clock.monotonicMs();
    this.#judge = new ClusterJudge(this.#tickedMs);
    this.#subscriptions = [
      await world.bus.subscribe('beat.*', (subject, data) => this.#onBeat(subject.slice('beat.'.length), data)),
      await world.bus.subscribe(BEACON_SUBJECT, () => this.#judge.beacon(world.clock.monotonicMs())),
    ];
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
  }

  /** A Cluster object came, changed or went. One that went is judged to have left; so is one whose name was joined anew. */
  async judgeOne(cluster: string): Promise<WorkOutcome | undefined> {
    const { state } = this.#parts;
    const standing = state.verdicts.get(cluster);
    const present = state.clusters.get(cluster);
    if (!present && (!standing || standing.verdict === Verdict.LEFT)) state.forget(cluster);
    if (!standing || standing.verdict === Verdict.LEFT || standing.clusterUid === present?.uid) return undefined;
    const judgement = present
      ? { verdict: Verdict.UNKNOWN, reason: 'another cluster was joined under this name' }
      : { verdict: Verdict.LEFT, reason: 'the Cluster object was deleted' };
    return { decided: this.#decided({ cluster, ...judgement }) };
  }

  #onBeat(cluster: string, data: Uint8Array): void {
    const beat = this.#decode(cluster, data);
    const present = this.#parts.state.clusters.get(cluster);
    if (!beat || !present || (beat.clusterUid !== '' && beat.clusterUid !== present.uid)) return;
    this.#forgetOthers();
    this.#judge.beat(beat.cluster, beat);
    this.#parts.reports.onBeat(beat);
    // the first beat of a cluster need not wait for the tick
    if (this.#standing(beat.cluster) === Verdict.UNKNOWN) this.#judgeNow();
  }

  /** A beat for another cluster than its subject's, or none at all, is nobody's. */
  #decode(cluster: string, data: Uint8Array): Beat | undefined {
    try {
      const beat = fromBinary(BeatSchema, data);
      return beat.cluster === cluster ? beat : undefined;
    } catch (error) {
      this.#parts.world.log.warn({ cluster, error }, 'beat that cannot be read ignored');
      return undefined;
    }
  }

  #standing(cluster: string): Verdict {
    const { clusters, verdicts } = this.#parts.state;
    const standing = verdicts.get(cluster);
    const isOthers = standing?.clusterUid !== clusters.get(cluster)?.uid;
    return !standing || isOthers || standing.verdict === Verdict.LEFT ? Verdict.UNKNOWN : standing.verdict;
  }

  #tick(): void {
    if (!this.#running) return;
    const { world, reports } = this.#parts;
    const nowMs = world.clock.monotonicMs();
    if (nowMs - this.#tickedMs > PAUSE_MS) {
      world.log.warn({ gapMs: Math.round(nowMs - this.#tickedMs) }, 'judge was paused: all soaks start anew');
      this.#judge = new ClusterJudge(nowMs);
      reports.startAnew();
    }
    this.#tickedMs = nowMs;
    this.#judgeNow();
    world.bus.publish(BEACON_SUBJECT, new Uint8Array());
    this.#cancel = world.clock.after(TICK_MS, () => this.#tick());
  }

  /** The beats of a cluster say nothing of another one that has its name now. */
  #forgetOthers(): void {
    const { clusters } = this.#parts.state;
    for (const [name, uid] of this.#judged) {
      if (clusters.get(name)?.uid === uid) continue;
      this.#judged.delete(name);
      this.#judge.forget(name);
    }
    for (const [name, { uid }] of clusters) this.#judged.set(name, uid);
  }

  #judgeNow(): void {
    const { world, state } = this.#parts;
    this.#forgetOthers();
    const standing = new Map([...state.clusters.keys()].map((name) => [name, this.#standing(name)]));
    for (const judgement of this.#judge.tick(world.clock.monotonicMs(), standing)) {
      if (!this.#appending.has(judgement.cluster)) void this.#append(judgement);
    }
  }

  async #append(judgement: Judgement): Promise<void> {
    const { world, decisions } = this.#parts;
    this.#appending.add(judgement.cluster);
    try {
      await decisions.append(this.#decided(judgement));
      world.log.info(
        { cluster: judgement.cluster, verdict: Verdict[judgement.verdict], reason: judgement.reason },
        'cluster judged',
      );
    } catch (error) {
      // the next tick judges again from what then stands
      if (error instanceof ConcurrencyConflict || error instanceof TransientFailure) return;
      world.log.error({ cluster: judgement.cluster, error }, 'verdict could not be appended');
    } finally {
      this.#appending.delete(judgement.cluster);
    }
  }

  #decided({ cluster, verdict, reason }: Judgement) {
    const { world, state } = this.#parts;
    const version = state.verdicts.get(cluster)?.version ?? 0;
    const uid = state.clusters.get(cluster)?.uid ?? cluster;
    return {
      commandId: commandIdOf({ owner: 'clusters', key: `verdict/${cluster}`, basis: String(verdict), version }),
      events: [verdictEvent({ cluster, uid, verdict, reason, now: world.clock.now() })],
      expected: [{ stream: verdictStream(cluster), version }],
    };
  }
}
