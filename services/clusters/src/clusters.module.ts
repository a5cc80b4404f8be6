import { Module } from '@nestjs/common';
import { ClustersService } from './clusters.service.ts';

/** Expects WORLD from a global module. */
@Module({ providers: [ClustersService], exports: [ClustersService] })
export class ClustersModule {}
