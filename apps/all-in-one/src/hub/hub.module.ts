import { type DynamicModule, Module } from '@nestjs/common';
import { WorldModule } from '@skerry/boot/world.module';
import { ClustersModule } from '@skerry/clusters/clusters.module';
import { GATEWAY_CONFIG, type GatewayConfig } from '@skerry/gateway/gateway.config';
import { GatewayModule } from '@skerry/gateway/gateway.module';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { RelayModule } from '@skerry/relay/relay.module';
import { ReplicasModule } from '@skerry/replicas/replicas.module';
import { RolloutModule } from '@skerry/rollout/rollout.module';
import type { World } from '@skerry/runtime/service/decision-service';
import { SchedulerModule } from '@skerry/scheduler/scheduler.module';

export interface HubParts {
  readonly world: World;
  readonly blobs: Blobs;
  readonly gateway: GatewayConfig;
}

/** All services of the hub in one process. Each could as well run alone: they meet only on the bus and in the store. */
@Module({})
export class HubModule {
  static of({ world, blobs, gateway }: HubParts): DynamicModule {
    return {
      module: HubModule,
      imports: [
        WorldModule.of({ world, blobs, also: [{ provide: GATEWAY_CONFIG, useValue: gateway }] }),
        RelayModule,
        GatewayModule,
        ClustersModule,
        SchedulerModule,
        ReplicasModule,
        RolloutModule,
      ],
    };
  }
}
