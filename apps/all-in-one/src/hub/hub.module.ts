import { type DynamicModule, Module } from '@nestjs/common';
import { ClustersModule } from '@skerry/clusters/clusters.module';
import { GATEWAY_CONFIG, type GatewayConfig } from '@skerry/gateway/gateway.config';
import { GatewayModule } from '@skerry/gateway/gateway.module';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { RelayModule } from '@skerry/relay/relay.module';
import { ReplicasModule } from '@skerry/replicas/replicas.module';
import { RolloutModule } from '@skerry/rollout/rollout.module';
import type { World } from '@skerry/runtime/service/decision-service';
import { BLOBS, WORLD } from '@skerry/runtime/service/tokens';
import { SchedulerModule } from '@skerry/scheduler/scheduler.module';

export interface HubParts {
  readonly world: World;
  readonly blobs: Blobs;
  readonly gateway: GatewayConfig;
}

/** What every service of the hub is given. */
@Module({})
class WorldModule {
  static of({ world, blobs, gateway }: HubParts): DynamicModule {
    return {
      module: WorldModule,
      global: true,
      providers: [
        { provide: WORLD, useValue: world },
        { provide: BLOBS, useValue: blobs },
        { provide: GATEWAY_CONFIG, useValue: gateway },
      ],
      exports: [WORLD, BLOBS, GATEWAY_CONFIG],
    };
  }
}

/** All services of the hub in one process. Each could as well run alone: they meet only on the bus and in the store. */
@Module({})
export class HubModule {
  static of(parts: HubParts): DynamicModule {
    return {
      module: HubModule,
      imports: [
        WorldModule.of(parts),
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
