import { join } from 'node:path';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { type ClusterSim, createClusterSim } from '@skerry/cluster-sim/cluster-sim';
import { kubeconfigText, type ServedClusterSim, serveClusterSim } from '@skerry/cluster-sim/http';
import type { Log } from '@skerry/runtime/telemetry/log';
import { DEMO_CLUSTERS, type DemoMember, type DemoMembers } from './members.ts';
import type { Platform } from './platform.ts';
import { openSimulatedFiles, type SimulatedFiles } from './simulated-files.ts';

/** About what a small container takes to start on a real node; readable in the live table. */
const START_UP_MS = 300;
const START_UP_JITTER_MS = 200;
const SAVE_EVERY_MS = 5_000;

export interface SimulatedMembersOptions {
  /** where certificates, tokens, ports and the clusters themselves are kept */
  readonly dir: string;
  readonly report: (line: string) => void;
  readonly log: Log;
}

/** Simulated clusters on loopback, over https as real ones. They are as they were at the last stop, or a few seconds before. */
export const startSimulatedMembers = (platform: Platform, report: (line: string) => void): Promise<DemoMembers> =>
  openSimulatedMembers({ dir: join(platform.dir, 'members-sim'), report, log: platform.log });

export interface SimulatedMember extends DemoMember {
  /** the cluster itself, for faults */
  readonly sim: ClusterSim;
}

export interface SimulatedMembers extends DemoMembers {
  readonly members: readonly SimulatedMember[];
}

export const openSimulatedMembers = async (options: SimulatedMembersOptions): Promise<SimulatedMembers> => {
  const files = await openSimulatedFiles(options.dir, options.report);
  const running: Running[] = [];
  try {
    for (const cluster of DEMO_CLUSTERS) running.push(await startOne(cluster, { files, log: options.log }));
  } catch (error) {
    await Promise.all(running.map((one) => one.stop()));
    throw error;
  }
  let stopping: Promise<unknown> | undefined;
  return {
    members: running.map(({ member }) => member),
    // Once: a second time it would save over what a later start has made of the clusters.
    stop: async () => void (await (stopping ??= Promise.all(running.map((one) => one.stop())))),
  };
};

interface Running {
  readonly member: SimulatedMember;
  stop(): Promise<void>;
}

type DemoCluster = (typeof DEMO_CLUSTERS)[number];

const startOne = async (
  cluster: DemoCluster,
  { files, log }: { files: SimulatedFiles; log: Log },
): Promise<Running> => {
  const { name, region } = cluster;
  const sim = createClusterSim({
    name,
    nodes: nodesOf(cluster),
    store: await files.openStore(name),
    clock: systemClock,
    random: Math.random,
    startUpDelayMs: START_UP_MS,
    startUpJitterMs: START_UP_JITTER_MS,
    onFailure: (error) => log.error({ cluster: name, error }, 'a controller of a simulated cluster failed'),
  });
  await sim.start();
  const served = await serve(sim, files);
  files.rememberPort(name, Number(new URL(served.url).port));
  const kubeconfig = kubeconfigText({ name, server: served.url, ca: files.ca, token: files.token });
  const stopSaving = saveOften(sim, { files, log });
  const member = { join: { name, region, kubeconfig }, sim, ...callsOf(sim) };
  const stop = async (): Promise<void> => {
    await served.close(500);
    sim.stop();
    await stopSaving();
    await files.save(name, await sim.dump());
  };
  return { member, stop };
};

const nodesOf = ({ name, region, nodes, nodeCpuMillis, nodeMemoryBytes }: DemoCluster) =>
  Array.from({ length: nodes }, (_, index) => ({
    name: `${name}-${index + 1}`,
    cpuMillis: nodeCpuMillis,
    memoryBytes: nodeMemoryBytes,
    labels: {
      'topology.kubernetes.io/region': region,
      'topology.kubernetes.io/zone': `${region}-${'abc'[index % 3]}`,
    },
  }));

/** On the port of the last time, so that kubeconfigs go on working; on a free one if that is taken. */
const serve = async (sim: ClusterSim, files: SimulatedFiles): Promise<ServedClusterSim> => {
  const { tls, token } = files;
  try {
    return await serveClusterSim(sim, { tls, token, port: files.portOf(sim.name) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return serveClusterSim(sim, { tls, token });
  }
};

/** Saves what has changed since, again and again; the answer ends it. */
const saveOften = (sim: ClusterSim, { files, log }: { files: SimulatedFiles; log: Log }): (() => Promise<void>) => {
  let savedVersion = '';
  let saving: Promise<void> = Promise.resolve();
  const save = async (): Promise<void> => {
    const dump = await sim.dump();
    if (dump.version === savedVersion) return;
    await files.save(sim.name, dump);
    savedVersion = dump.version;
  };
  let cancel = (): void => {};
  const schedule = (): void => {
    cancel = systemClock.after(SAVE_EVERY_MS, () => {
      saving = save().catch((error: unknown) => log.warn({ cluster: sim.name, error }, 'a cluster could not be saved'));
      void saving.then(schedule);
    });
  };
  schedule();
  return async () => {
    await saving;
    cancel();
  };
};

/** The cluster's own API as its administrator has it, past faults of the network but not of the API. */
const callsOf = (sim: ClusterSim): Pick<DemoMember, 'get' | 'patch' | 'remove'> => {
  const call = async (method: string, path: string, body?: unknown): Promise<any> => {
    const answer = await sim.handle({
      method,
      path,
      headers: { 'content-type': 'application/merge-patch+json', 'user-agent': 'kubectl' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      user: { name: 'admin', groups: ['system:masters'] },
    });
    return answer.status < 300 ? JSON.parse(answer.body) : undefined;
  };
  return {
    get: (path) => call('GET', path),
    patch: (path, body) => call('PATCH', path, body),
    remove: (path) => call('DELETE', path),
  };
};
