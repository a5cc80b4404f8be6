import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ConnectedHub } from '@skerry/all-in-one/up/platform';
import { placementsAfter } from './decisions.ts';
import { appendSeeds, appendWorkloads, clusterSeeds, policySeed, verdictSeed } from './seeds.ts';

const CLUSTERS = 10;
const DEADLINE_MS = 60_000;

export interface LostClusterFigures {
  /** from the verdict's append until `replicas` has looked at every workload of the cluster again */
  readonly seconds: number;
  /** placements that this changed: none, as long as nothing is moved off a lost cluster */
  readonly decided: number;
}

/**
 * A cluster with so many workloads is judged Silent. What follows today: each of its workloads is divided again, and keeps its
 * place, since failover is not there yet; what is measured is the looking.
 */
export const measureLostCluster = async (
  hub: ConnectedHub,
  { workloads }: { workloads: number },
): Promise<LostClusterFigures> => {
  const seeds = [...clusterSeeds(CLUSTERS), policySeed({ names: ['bench-0'] })];
  await appendSeeds(hub, { id: 'clusters', seeds });
  const { position } = await hub.store.events.head();
  await appendWorkloads(hub, { count: workloads });
  await placementsAfter(hub, { position, count: workloads });
  await untilIdle(hub);
  const before = await figures(hub);
  const { position: lostAt } = await hub.store.events.head();
  const startMs = performance.now();
  await appendSeeds(hub, {
    id: 'lost',
    seeds: [verdictSeed({ name: 'bench-0', uid: 'cluster-0', verdict: Verdict.SILENT })],
  });
  const endMs = startMs + DEADLINE_MS;
  while ((await figures(hub)).done < before.done + workloads) {
    if (performance.now() > endMs) throw new Error('not every workload was looked at again in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const range = await hub.store.events.read({ after: lostAt, limit: 10_000, categories: ['placement'] });
  return { seconds, decided: range.events.length };
};

const untilIdle = async (hub: ConnectedHub): Promise<void> => {
  while ((await figures(hub)).open > 0) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** What the worker of `replicas` says of itself. */
const figures = async ({ healthUrl }: ConnectedHub): Promise<{ done: number; open: number }> => {
  const lines = (await (await fetch(`${healthUrl}/metrics`)).text()).split('\n');
  const sum = (pattern: RegExp): number =>
    lines.filter((line) => pattern.test(line)).reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return {
    done: sum(/^skerry_worker_decisions_total\{.*replicas.*done/),
    open: sum(/^skerry_worker_keys\{.*replicas.*(dirty|running)/),
  };
};
