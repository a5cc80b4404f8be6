import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Leadership } from '@skerry/runtime/lease/leadership';
import { refuseBusAhead } from '@skerry/runtime/relay/bus-ahead';
import { Relay } from '@skerry/runtime/relay/relay';
import type { World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { WORLD } from '@skerry/runtime/service/tokens';

/** Store → bus, by whoever holds the lease `relay`. Two at once would only publish twice, which consumers drop. */
@Injectable()
export class RelayService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly #world: World;
  readonly #leadership: Leadership;
  #relay: Relay | undefined;
  #failure: unknown;

  constructor(@Inject(WORLD) world: World) {
    this.#world = world;
    this.#leadership = new Leadership({
      ...world,
      name: 'relay',
      onElected: () => void this.#begin(),
      onLost: () => void this.#end(),
    });
  }

  /** Refuses to start (TerminalFailure `bus-ahead`) when the bus holds what the store does not. */
  async onApplicationBootstrap(): Promise<void> {
    await refuseBusAhead(this.#world);
    await this.#leadership.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#leadership.stop();
    await this.#end();
  }

  get failure(): unknown {
    return this.#failure ?? this.#relay?.failure;
  }

  get unhealthy(): string | undefined {
    const { failure } = this;
    return failure === undefined ? undefined : `relay: ${String(failure)}`;
  }

  /** A standby is as ready as whoever publishes. */
  get ready(): boolean {
    return true;
  }

  async #begin(): Promise<void> {
    const relay = new Relay(this.#world);
    this.#relay = relay;
    try {
      await relay.start();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#world.log.error({ error }, 'relay could not start, trying again');
      this.#world.clock.after(1_000, () => this.#relay === relay && this.#leadership.term && void this.#begin());
    }
  }

  async #end(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    await relay?.stop();
  }
}
