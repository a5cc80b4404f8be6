import { runHubService } from '@skerry/boot/run-hub-service';
import { schedulerSettings } from './scheduler.config.ts';
import { SchedulerModule } from './scheduler.module.ts';
import { SchedulerService } from './scheduler.service.ts';

await runHubService({
  name: 'scheduler',
  settings: schedulerSettings,
  module: SchedulerModule,
  service: SchedulerService,
});
