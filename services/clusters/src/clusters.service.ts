import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { VERDICT_NAMES } from '@skerry/domain/cluster/cluster';
import { DecisionService, type World } from '@skerry/runtime/service/decision-service';
import type { Log } from '@skerry/runtime/telemetry/log';
import { type ClustersFigures, type Metrics, noMetrics } from '@skerry/runtime/telemetry/metrics';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { WORLD } from '@skerry/runtime/service/tokens';
import { ClustersState } from './clusters-state.ts';
import { CLUSTERS_CHANNELS } from './clusters.subscriptions.ts';
import { JudgeClusters } from './judge-clusters.worker.ts';
import { TakeReports } from './take-reports.worker.ts';

export const CLUSTERS = 'clusters';

/** The only judge of staleness, and the intake of everything that syncers report. One active instance. */
@Injectable()
export class ClustersService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly decisions: DecisionService;
  readonly state: ClustersState;
  readonly #reports: TakeReports;
  readonly #judge: JudgeClusters;
  readonly #log: Log;
  readonly #metrics: Metrics;
  #unwatch: () => void = () => {};
  #activations: Promise<void> = Promise.resolve();

  constructor(@Inject(WORLD) world: World) {
    this.#log = world.log.child({ service: CLUSTERS });
    this.#metrics = world.metrics ?? noMetrics;
    this.state = new ClustersState({ nowMs: () => world.clock.monotonicMs() });
    this.decisions = new DecisionService({
      name: CLUSTERS,
      world,
      selection: CLUSTERS_CHANNELS,
      fold: (folded) => this.state.fold(folded),
      decide: async (cluster) => this.#judge.judgeOne(cluster),
      leased: true,
      onActive: (active) => this.#queue(active),
    });
    const parts = { world, state: this.state, decisions: this.decisions };
    this.#reports = new TakeReports(parts);
    this.#judge = new JudgeClusters({ ...parts, reports: this.#reports });
  }

  get unhealthy(): string | undefined {
    return this.decisions.unhealthy ?? this.#reports.unhealthy;
  }

  get failure(): unknown {
    return this.decisions.failure;
  }

  get ready(): boolean {
    return this.decisions.ready;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.decisions.start();
    this.#unwatch = this.#metrics.watch({ kind: 'clusters', name: CLUSTERS, read: () => this.#figures() });
  }

  async onApplicationShutdown(): Promise<void> {
    this.#unwatch();
    this.#queue(false);
    await this.decisions.stop();
    await this.#activations;
  }

  #figures(): ClustersFigures {
    const { clusters, verdicts } = this.state;
    const standing = ([name, { uid }]: [string, { readonly uid: string }]) => {
      const judged = verdicts.get(name);
      return [name, VERDICT_NAMES[judged?.clusterUid === uid ? judged.verdict : Verdict.UNKNOWN]];
    };
    return { verdicts: Object.fromEntries([...clusters].map(standing)) };
  }

  /** One after another, so that a lease that is lost while it is being taken up leaves nothing behind. */
  #queue(active: boolean): void {
    this.#activations = this.#activations
      .then(() => this.#activate(active))
      .catch((error: unknown) => this.#log.error({ error, active }, 'intake could not be switched'));
  }

  async #activate(active: boolean): Promise<void> {
    if (active) {
      await this.#judge.start();
      await this.#reports.start();
    } else {
      await this.#reports.stop();
      await this.#judge.stop();
    }
  }
}
