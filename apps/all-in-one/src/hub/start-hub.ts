import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClustersService } from '@skerry/clusters/clusters.service';
import { GatewayService } from '@skerry/gateway/gateway.service';
import { RelayService } from '@skerry/relay/relay.service';
import { ReplicasService } from '@skerry/replicas/replicas.service';
import { RolloutService } from '@skerry/rollout/rollout.service';
import { SchedulerService } from '@skerry/scheduler/scheduler.service';
import { HubModule, type HubParts } from './hub.module.ts';

export interface Hub {
  /** base URL of the gateway */
  readonly url: string;
  readonly app: INestApplicationContext;
  /** what is wrong, one line each; empty: healthy */
  unhealthy(): readonly string[];
  /** every service has folded to the head */
  ready(): boolean;
  stop(): Promise<void>;
}

/** Starts all services of the hub in this process. Resolves when the gateway listens. */
export const startHub = async (parts: HubParts): Promise<Hub> => {
  const app = await NestFactory.createApplicationContext(HubModule.of(parts), { logger: false, abortOnError: false });
  const gateway = app.get(GatewayService, { strict: false });
  const relay = app.get(RelayService, { strict: false });
  const deciding = [ClustersService, SchedulerService, ReplicasService, RolloutService].map(
    (service) =>
      app.get<{ decisions: { unhealthy: string | undefined; ready: boolean } }>(service, { strict: false }).decisions,
  );
  return {
    url: gateway.url,
    app,
    unhealthy: () => [gateway, relay, ...deciding].flatMap((one) => one.unhealthy ?? []),
    ready: () => deciding.every((one) => one.ready),
    stop: () => app.close(),
  };
};
