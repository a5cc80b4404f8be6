import { runHubService } from '@skerry/boot/run-hub-service';
import { GATEWAY_CONFIG, gatewayConfigOf, gatewaySettings } from './gateway.config.ts';
import { GatewayModule } from './gateway.module.ts';
import { GatewayService } from './gateway.service.ts';

await runHubService({
  name: 'gateway',
  settings: gatewaySettings,
  module: GatewayModule,
  service: GatewayService,
  masterKeyPath: (values) => values.SKERRY_MASTER_KEY_FILE,
  also: (values) => [{ provide: GATEWAY_CONFIG, useValue: gatewayConfigOf(values) }],
});
