import { runHubService } from '@skerry/boot/run-hub-service';
import { replicasSettings } from './replicas.config.ts';
import { ReplicasModule } from './replicas.module.ts';
import { ReplicasService } from './replicas.service.ts';

await runHubService({
  name: 'replicas',
  settings: replicasSettings,
  module: ReplicasModule,
  service: ReplicasService,
});
