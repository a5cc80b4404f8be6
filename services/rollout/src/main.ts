import { runHubService } from '@skerry/boot/run-hub-service';
import { rolloutSettings } from './rollout.config.ts';
import { RolloutModule } from './rollout.module.ts';
import { RolloutService } from './rollout.service.ts';

await runHubService({
  name: 'rollout',
  settings: rolloutSettings,
  module: RolloutModule,
  service: RolloutService,
});
