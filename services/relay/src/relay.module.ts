import { Module } from '@nestjs/common';
import { RelayService } from './relay.service.ts';

/** Expects WORLD from a global module. */
@Module({ providers: [RelayService], exports: [RelayService] })
export class RelayModule {}
