import { Module } from '@nestjs/common';
import { ReplicasService } from './replicas.service.ts';

/** Expects WORLD from a global module. */
@Module({ providers: [ReplicasService], exports: [ReplicasService] })
export class ReplicasModule {}
