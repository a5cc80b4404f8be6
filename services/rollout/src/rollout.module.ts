import { Module } from '@nestjs/common';
import { RolloutService } from './rollout.service.ts';

/** Expects WORLD and BLOBS from a global module. */
@Module({ providers: [RolloutService], exports: [RolloutService] })
export class RolloutModule {}
