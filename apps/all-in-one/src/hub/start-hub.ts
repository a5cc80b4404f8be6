import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GatewayService } from '@skerry/gateway/gateway.service';
import { refuseBusAhead } from '@skerry/runtime/relay/bus-ahead';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { HUB_SERVICES, HubModule, type HubParts } from './hub.module.ts';

export interface Hub {
  /** base URL of the gateway */
  readonly url: string;
  /** what is wrong, one line each; empty: healthy */
  unhealthy(): readonly string[];
  /** every service has folded to the head */
  ready(): boolean;
  stop(): Promise<void>;
  /** Stops what runs and starts all services anew, on the same port. */
  restart(): Promise<void>;
}

/** Starts all services of the hub in this process. Resolves when the gateway listens. */
export const startHub = async (parts: HubParts): Promise<Hub> => {
  let app = await open(parts);
  const url = app.get(GatewayService, { strict: false }).url;
  const samePort = { ...parts, gateway: { ...parts.gateway, port: Number(new URL(url).port) } };
  let running = true;
  const stop = async (): Promise<void> => {
    if (running) await app.close();
    running = false;
  };
  return {
    url,
    unhealthy: () => services(app).flatMap((one) => one.unhealthy ?? []),
    ready: () => services(app).every((one) => one.ready),
    stop,
    restart: async () => {
      await stop();
      app = await open(samePort);
      running = true;
    },
  };
};

/** The services start beside one another: that the store is the latest has to be known before any of them decides by it. */
const open = async (parts: HubParts): Promise<INestApplicationContext> => {
  await refuseBusAhead(parts.world);
  return NestFactory.createApplicationContext(HubModule.of(parts), { logger: false, abortOnError: false });
};

const services = (app: INestApplicationContext): ServiceHealth[] =>
  HUB_SERVICES.map((service) => app.get<ServiceHealth>(service, { strict: false }));
