import { connectHub, type ConnectOptions } from '@skerry/all-in-one/up/platform';
import { apartSettings, serveApart } from './apart.ts';

const hub = await connectHub(apartSettings<ConnectOptions>());
process.on('SIGTERM', () => void hub.stop().finally(() => process.exit(0)));
serveApart(
  { kubeconfigPath: hub.credentials.kubeconfigPath },
  { ready: () => ({ ready: hub.hub.ready(), unhealthy: hub.hub.unhealthy() }) },
);
