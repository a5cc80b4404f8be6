import { runHubService } from '@skerry/boot/run-hub-service';
import { relaySettings } from './relay.config.ts';
import { RelayModule } from './relay.module.ts';
import { RelayService } from './relay.service.ts';

await runHubService({
  name: 'relay',
  settings: relaySettings,
  module: RelayModule,
  service: RelayService,
  makesStreams: true,
});
