import { Module } from '@nestjs/common';
import { SchedulerService } from './scheduler.service.ts';

/** Expects WORLD from a global module. */
@Module({ providers: [SchedulerService], exports: [SchedulerService] })
export class SchedulerModule {}
