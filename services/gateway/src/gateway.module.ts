import { Module } from '@nestjs/common';
import { GatewayService } from './gateway.service.ts';

/** Expects WORLD, BLOBS and GATEWAY_CONFIG from a global module. */
@Module({ providers: [GatewayService], exports: [GatewayService] })
export class GatewayModule {}
