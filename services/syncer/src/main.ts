import { randomUUID } from 'node:crypto';
import { HubClient } from '@skerry/adapters/hub/hub-client';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { natsLoginOf, openBus } from '@skerry/boot/open-world';
import { linesOf, runProcess, type Running, type Starting } from '@skerry/boot/run-process';
import { startStatusBeat } from '@skerry/runtime/telemetry/status-beat';
import { kubeconfigLoader } from './member/load-kubeconfig.ts';
import { ClusterSyncer } from './syncer.service.ts';
import { syncerSettings } from './syncer.config.ts';

/** Beside the hub (push) or inside the member (pull): it only dials out. */
const start = async ({ settings, log, metrics, tracing }: Starting<typeof syncerSettings>): Promise<Running> => {
  const { SKERRY_CLUSTER: cluster, SKERRY_HUB_URL: url, SKERRY_HUB_CA: ca, SKERRY_TOKEN: token } = settings;
  const hub = new HubClient({ url, ca, token, cluster });
  const stops: (() => Promise<void>)[] = [() => hub.close()];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    const { uid: clusterUid } = await hub.self();
    const bus = await openBus({ name: 'syncer', nats: natsLoginOf(`syncer-${cluster}`, settings), log });
    stops.push(() => bus.close());
    const from = settings.SKERRY_KUBECONFIG ?? 'hub';
    const loadKubeconfig = kubeconfigLoader({ from, readHub: () => hub.kubeconfig(), environment: process.env });
    const member = new MemberClient({ clock: systemClock, loadKubeconfig });
    stops.push(() => member.close());
    // Not the pod's name: two that believe to be the same one would both act.
    const holder = randomUUID();
    const shared = { cluster, clusterUid, member, hub, bus, clock: systemClock, log, metrics, holder };
    const syncer = new ClusterSyncer({ ...shared, ...(tracing && { tracing }), random: Math.random });
    const started = watchStart(syncer);
    stops.push(() => syncer.stop());
    const running: Running = {
      get unhealthy() {
        return started.failure ?? syncer.unhealthy;
      },
      get failure() {
        return syncer.failure;
      },
      get ready() {
        return started.done;
      },
      stop,
    };
    const beat = { ...shared, ...linesOf(running), sources: () => metrics.sources };
    const stopBeat = startStatusBeat({ ...beat, process: `syncer-${cluster}` });
    stops.push(async () => stopBeat());
    return running;
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Its start waits for hub and member for as long as it takes; meanwhile it is healthy and not ready. */
const watchStart = (syncer: ClusterSyncer): { readonly done: boolean; readonly failure: string | undefined } => {
  const state = { done: false, failure: undefined as string | undefined };
  syncer.start().then(
    () => (state.done = true),
    (error: unknown) => (state.failure = `the syncer could not start: ${String(error)}`),
  );
  return state;
};

await runProcess({ name: 'syncer', settings: syncerSettings, start });
