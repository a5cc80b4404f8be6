import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { DecisionService, type World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { BLOBS, WORLD } from '@skerry/runtime/service/tokens';
import { renderDesired, ROLLOUT } from './render-desired.worker.ts';
import { RolloutState } from './rollout-state.ts';
import { ROLLOUT_CHANNELS } from './rollout.subscriptions.ts';

/** What exactly each cluster shall hold. One active instance. */
@Injectable()
export class RolloutService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly decisions: DecisionService;
  readonly state = new RolloutState();

  constructor(@Inject(WORLD) world: World, @Inject(BLOBS) blobs: Blobs) {
    this.decisions = new DecisionService({
      name: ROLLOUT,
      world,
      selection: ROLLOUT_CHANNELS,
      fold: (folded) => this.state.fold(folded),
      decide: async (uid) => {
        const decided = await renderDesired({ state: this.state, blobs }, uid);
        return decided && { decided };
      },
      retire: () => this.state.retire(world.clock.monotonicMs()),
      leased: true,
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
}
