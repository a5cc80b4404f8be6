import { type DynamicModule, Module } from '@nestjs/common';
import { WorldModule } from '@skerry/boot/world.module';
import { ClustersService } from '@skerry/clusters/clusters.service';
import { GATEWAY_CONFIG, type GatewayConfig } from '@skerry/gateway/gateway.config';
import { GatewayService } from '@skerry/gateway/gateway.service';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { RelayService } from '@skerry/relay/relay.service';
import { ReplicasService } from '@skerry/replicas/replicas.service';
import { RolloutService } from '@skerry/rollout/rollout.service';
import type { World } from '@skerry/runtime/service/decision-service';
import { SchedulerService } from '@skerry/scheduler/scheduler.service';

export interface HubParts {
  readonly world: World;
  readonly blobs: Blobs;
  readonly gateway: GatewayConfig;
}

export const HUB_SERVICES = [
  RelayService,
  GatewayService,
  ClustersService,
  SchedulerService,
  ReplicasService,
  RolloutService,
];

/** All services of the hub in one process. Each could as well run alone: they meet only on the bus and in the store. */
@Module({})
export class HubModule {
  static of({ world, blobs, gateway }: HubParts): DynamicModule {
    return {
      module: HubModule,
      imports: [WorldModule.of({ world, blobs, also: [{ provide: GATEWAY_CONFIG, useValue: gateway }] })],
      // not their modules: Nest starts one module after another, and each would read its part of the store while all others wait
      providers: HUB_SERVICES,
    };
  }
}
