import { runHubService } from '@skerry/boot/run-hub-service';
import { clustersSettings } from './clusters.config.ts';
import { ClustersModule } from './clusters.module.ts';
import { ClustersService } from './clusters.service.ts';

await runHubService({
  name: 'clusters',
  settings: clustersSettings,
  module: ClustersModule,
  service: ClustersService,
});
