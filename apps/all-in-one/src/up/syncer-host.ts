import { HubClient } from '@skerry/adapters/hub/hub-client';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Metrics } from '@skerry/runtime/telemetry/metrics';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import type { Log } from '@skerry/runtime/telemetry/log';
import { ClusterSyncer } from '@skerry/syncer/cluster-syncer';
import type { HubApi } from '../api/hub-api.ts';
import type { SyncerTokens } from '../hub/syncer-tokens.ts';
import { Turns } from './turns.ts';

export interface SyncerHostOptions {
  readonly api: HubApi;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing | undefined;
  /** the same after a restart of this installation */
  readonly holder: string;
  readonly hub: { readonly url: string; readonly ca: string };
  readonly tokens: Pick<SyncerTokens, 'of' | 'keepOnly'>;
}

interface Running {
  readonly uid: string;
  readonly syncer: ClusterSyncer;
  readonly member: MemberClient;
  readonly hub: HubClient;
}

const LOOK_EVERY_MS = 1_000;
/**
 * Each reads all that its cluster holds: all at once they would keep the process from everything else, and their answers in
 * memory. Longer than three thousand objects take; nobody waits longer for one that gets no answer.
 */
const PATIENCE_MS = 2_000;

/** Runs a syncer for every Cluster object with push access, for as long as the object is there. */
export class SyncerHost {
  readonly #options: SyncerHostOptions;
  readonly #running = new Map<string, Running>();
  readonly #held = new Set<string>();
  readonly #turns: Turns;
  #stopped = false;
  /** the clusters of the last look */
  #seen = '';
  #looking: Promise<void> = Promise.resolve();

  constructor(options: SyncerHostOptions) {
    this.#options = options;
    this.#turns = new Turns({ clock: options.clock, patienceMs: PATIENCE_MS });
  }

  start(): void {
    if (this.#stopped) return;
    this.#looking = this.#look().catch((error: unknown) =>
      this.#options.log.warn({ error }, 'clusters could not be listed'),
    );
    void this.#looking.then(() => this.#options.clock.after(LOOK_EVERY_MS, () => this.start()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    await Promise.all([...this.#running.keys()].map((name) => this.#end(name)));
  }

  /** Stops the syncer of one cluster, which then keeps what it has, until `release`. */
  async hold(cluster: string): Promise<void> {
    this.#held.add(cluster);
    await this.#looking;
    await this.#end(cluster);
  }

  release(cluster: string): void {
    this.#held.delete(cluster);
  }

  get clusters(): readonly string[] {
    return [...this.#running.keys()];
  }

  unhealthy(): readonly string[] {
    return [...this.#running.values()].flatMap(({ syncer }) => syncer.unhealthy ?? []);
  }

  async #look(): Promise<void> {
    const { body, status } = await this.#options.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    if (status !== 200) throw new Error(`the hub answered ${status}`);
    const wanted = new Map<string, { metadata: { name: string; uid: string }; spec?: any }>();
    for (const cluster of body.items)
      if (cluster.spec?.access?.mode === 'Push' && cluster.spec.access.secretRef)
        wanted.set(cluster.metadata.name, cluster);
    this.#dropTokens(body.items);
    for (const [name, { uid }] of this.#running) {
      if (wanted.get(name)?.metadata.uid !== uid) await this.#end(name);
    }
    for (const [name, cluster] of wanted) {
      if (!this.#running.has(name) && !this.#held.has(name) && !this.#stopped) this.#begin(name, cluster.metadata);
    }
  }

  /** Of clusters that were removed: also those that nobody here ever ran a syncer for. */
  #dropTokens(clusters: readonly { metadata: { name: string; uid: string } }[]): void {
    const present = new Map(clusters.map(({ metadata }) => [metadata.name, metadata.uid]));
    const seen = [...present].join();
    if (seen === this.#seen) return;
    const dropped = this.#options.tokens.keepOnly(present);
    if (dropped.length > 0) this.#options.log.info({ clusters: dropped }, 'tokens of removed clusters dropped');
    this.#seen = seen;
  }

  #begin(name: string, { uid }: { uid: string }): void {
    const { bus, clock, log, metrics, tracing, holder, tokens } = this.#options;
    const hub = new HubClient({ ...this.#options.hub, token: tokens.of({ name, uid }), cluster: name });
    const member = new MemberClient({ clock, loadKubeconfig: () => hub.kubeconfig() });
    const syncer = new ClusterSyncer({
      cluster: name,
      clusterUid: uid,
      member,
      hub,
      bus,
      clock,
      log,
      ...(metrics && { metrics }),
      ...(tracing && { tracing }),
      holder: `${holder}/${name}`,
      random: Math.random,
      inTurn: (read) => this.#turns.take(read),
    });
    this.#running.set(name, { uid, syncer, member, hub });
    void syncer.start().catch((error: unknown) => log.error({ cluster: name, error }, 'syncer could not start'));
  }

  async #end(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (!running) return;
    this.#running.delete(name);
    await running.syncer.stop();
    await running.member.close();
    await running.hub.close();
  }
}
