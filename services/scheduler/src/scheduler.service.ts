import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DecisionService, type World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { WORLD } from '@skerry/runtime/service/tokens';
import { SchedulingState } from './scheduling-state.ts';
import { SCHEDULER_CHANNELS } from './scheduler.subscriptions.ts';
import { SCHEDULER, selectClusters } from './select-clusters.worker.ts';

/** A policy's deletion waits this long, so that a policy that is replaced (deleted and applied again) moves nothing. */
export const SETTLE_MS = 5_000;

/** Which clusters can run an object at all. Several instances may run: they meet at the streams' versions. */
@Injectable()
export class SchedulerService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly decisions: DecisionService;
  readonly #state = new SchedulingState();
  readonly #settledAtMs = new Map<string, number>();
  readonly #world: World;

  constructor(@Inject(WORLD) world: World) {
    this.#world = world;
    this.decisions = new DecisionService({
      name: SCHEDULER,
      world,
      selection: SCHEDULER_CHANNELS,
      fold: (folded) => this.#state.fold(folded),
      decide: async (key) => (key.startsWith('policy/') ? this.#settle(key) : this.#select(key)),
      leased: false,
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
  }

  async onApplicationShutdown(): Promise<void> {
    await this.decisions.stop();
  }

  #select(uid: string) {
    const decided = selectClusters(this.#state, uid);
    return decided && { decided };
  }

  #settle(key: string) {
    const uid = key.slice('policy/'.length);
    const nowMs = this.#world.clock.monotonicMs();
    const dueMs = this.#settledAtMs.get(uid) ?? nowMs + SETTLE_MS;
    this.#settledAtMs.set(uid, dueMs);
    if (nowMs < dueMs) return { wakeAtMs: dueMs };
    this.#settledAtMs.delete(uid);
    for (const object of this.#state.forgetPolicy(uid)) this.decisions.mark(object);
    return undefined;
  }
}
