import { SYSTEM_NAMESPACE, joinCluster } from '../api/join-cluster.ts';
import { readExample } from '../api/examples.ts';
import { playStory } from '../story/steps.ts';
import { renderTable } from './live-table.ts';
import type { DemoMembers } from './members.ts';
import { openPlatform, type Platform } from './platform.ts';

export interface UpOptions {
  readonly dir: string;
  readonly fresh: boolean;
  readonly port: number;
  /** plays the story once and ends */
  readonly exit: boolean;
  readonly startMembers: (platform: Platform, report: (line: string) => void) => Promise<DemoMembers>;
  /** a line for people */
  readonly report: (line: string) => void;
  /** the live table, drawn over itself where that is possible */
  readonly draw: (text: string) => void;
  /** resolves when somebody asks to stop */
  readonly stopped: Promise<void>;
}

const TABLE_EVERY_MS = 1_000;
const READY_DEADLINE_MS = 90_000;

/** `npm start`: the hub, three clusters, the sample application, a live table, until somebody asks to stop. */
export const up = async (options: UpOptions): Promise<void> => {
  const { report } = options;
  const startMs = performance.now();
  let isStopped = false;
  void options.stopped.then(() => (isStopped = true));
  const platform = await openPlatform({ ...options, report });
  let members: DemoMembers | undefined;
  try {
    if (isStopped) return;
    report('starting three member clusters');
    members = await options.startMembers(platform, report);
    for (const { join } of members.members) await requireJoined(platform, join);
    await clustersReady(platform, { count: members.members.length, isStopped: () => isStopped });
    if (isStopped) return;
    const application = readExample('shop.yaml');
    const policies = readExample('shop-policies.yaml');
    report(`ready after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
    if (options.exit) return await playStory({ api: platform.api, members: members.members, application, policies }, report);
    for (const object of [...application, ...policies]) await platform.api.apply(object);
    sayWhereTo(platform, report);
    await drawUntilStopped(platform, options);
  } finally {
    report('stopping');
    await platform.syncers.stop();
    await members?.stop();
    await platform.stop();
  }
};

const requireJoined = async (platform: Platform, join: Parameters<typeof joinCluster>[1]): Promise<void> => {
  const { status, body } = await joinCluster(platform.api, join);
  if (status >= 300) throw new Error(`cluster ${join.name} could not join (${SYSTEM_NAMESPACE}): ${status} ${body?.message ?? ''}`);
};

/** A cluster counts as ready when it beats and has said what it serves: before that nothing new would be placed there. */
const clustersReady = async (platform: Platform, { count, isStopped }: { count: number; isStopped: () => boolean }): Promise<void> => {
  const endMs = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const { body } = await platform.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    const ready = body.items.filter((one: any) => one.status?.verdict === 'Ready' && one.status.nodesReady > 0);
    if (ready.length >= count || isStopped()) return;
    if (performance.now() > endMs) {
      throw new Error(`only ${ready.length} of ${count} clusters were ready within ${READY_DEADLINE_MS / 1_000} s; see ${platform.dir}/logs/hub.log`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const sayWhereTo = (platform: Platform, report: (line: string) => void): void => {
  report(`kubectl --kubeconfig ${platform.credentials.kubeconfigPath} get deployments -A`);
  report(`bin/skerry get clusters      (Ctrl-C stops everything; the state stays in ${platform.dir})`);
};

const drawUntilStopped = async (platform: Platform, { draw, stopped }: UpOptions): Promise<void> => {
  let ended = false;
  void stopped.then(() => (ended = true));
  while (!ended) {
    draw(await renderTable(platform.api).catch((error: unknown) => `the hub does not answer: ${String(error)}`));
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, TABLE_EVERY_MS))]);
  }
};
