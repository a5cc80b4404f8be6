import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { fromBinary } from '@skerry/contract/message';
import { ForwardedBeatSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { observedChannel } from '@skerry/domain/observed/observed';
import type { Subscription } from '@skerry/ports/bus/bus';
import { DecisionService, type World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { WORLD } from '@skerry/runtime/service/tokens';
import { decidePlacement, REPLICAS } from './decide-placement.worker.ts';
import { ReplicasState } from './replicas-state.ts';
import { REPLICAS_CHANNELS } from './replicas.subscriptions.ts';

const TICK_MS = 1_000;
/** A gap between two ticks longer than this is a pause: all soaks start anew. */
const PAUSE_MS = 5_000;

/** How many each cluster is told. One active instance; its evidence starts anew with every start. */
@Injectable()
export class ReplicasService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly decisions: DecisionService;
  readonly state: ReplicasState;
  readonly #world: World;
  #beats: Subscription | undefined;
  #cancelTick: () => void = () => {};
  #tickedMs = 0;

  constructor(@Inject(WORLD) world: World) {
    this.#world = world;
    this.state = new ReplicasState({ nowMs: () => world.clock.monotonicMs() });
    this.decisions = new DecisionService({
      name: REPLICAS,
      world,
      selection: REPLICAS_CHANNELS,
      fold: (folded) => this.state.fold(folded),
      decide: async (uid) => decidePlacement(this.state, { uid, nowMs: world.clock.monotonicMs() }),
      retire: () => this.state.retire(),
      leased: true,
      onActive: () => this.state.breakSoaks(),
    });
  }

  get unhealthy(): string | undefined {
    return this.decisions.unhealthy;
  }

  get failure(): unknown {
    return this.decisions.failure;
  }

  get ready(): boolean {
    return this.decisions.ready;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.decisions.start();
    this.#beats = await this.#world.bus.subscribe('fbeat.*', (_subject, data) =>
      this.#onBeat(data).catch((error: unknown) => this.#world.log.warn({ service: REPLICAS, error }, 'beat ignored')),
    );
    this.#tickedMs = this.#world.clock.monotonicMs();
    this.#tick();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#cancelTick();
    await this.#beats?.stop();
    await this.decisions.stop();
  }

  /** A beat counts once everything that it names is folded, and is as old then as the judge and this service have waited for it. */
  async #onBeat(data: Uint8Array): Promise<void> {
    const { clock } = this.#world;
    const heardMs = clock.monotonicMs();
    const beat = fromBinary(ForwardedBeatSchema, data);
    await this.decisions.consumer.waitFor(observedChannel(beat.cluster), Number(beat.observedThrough));
    const atMs = clock.monotonicMs();
    this.state.confirm(beat.cluster, { atMs, ageMs: Number(beat.ageMs) + atMs - heardMs, judge: beat.judge });
    for (const uid of this.state.waitingOn(beat.cluster)) this.decisions.mark(uid);
  }

  #tick(): void {
    const nowMs = this.#world.clock.monotonicMs();
    if (nowMs - this.#tickedMs > PAUSE_MS) {
      this.#world.log.warn(
        { service: REPLICAS, gapMs: Math.round(nowMs - this.#tickedMs) },
        'paused: all soaks start anew',
      );
      this.state.breakSoaks();
    }
    this.#tickedMs = nowMs;
    this.#cancelTick = this.#world.clock.after(TICK_MS, () => this.#tick());
  }
}
