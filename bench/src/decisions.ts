import type { ConnectedHub } from '@skerry/all-in-one/up/platform';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendSeeds, appendWorkloads, clusterSeeds, policySeed } from './seeds.ts';

const DEADLINE_MS = 300_000;

export interface DecisionFigures {
  readonly perSecond: number;
  /** bytes of data of one PlacementDecided, mean */
  readonly bytesEach: number;
}

/** PlacementDecided appended per second, from the first workload's manifest to the last one's placement. */
export const measureDecisions = async (
  hub: ConnectedHub,
  { clusters, workloads }: { clusters: number; workloads: number },
): Promise<DecisionFigures> => {
  await appendSeeds(hub, { id: 'clusters', seeds: [...clusterSeeds(clusters), policySeed()] });
  const { position } = await hub.store.events.head();
  const startMs = performance.now();
  await appendWorkloads(hub, { count: workloads });
  const sizes = (await placementsAfter(hub, { position, count: workloads })).map(({ data }) => data.byteLength);
  const seconds = (performance.now() - startMs) / 1_000;
  return { perSecond: workloads / seconds, bytesEach: sizes.reduce((sum, size) => sum + size, 0) / sizes.length };
};

/** The first so many placements that were decided after a position; throws when they do not come. */
export const placementsAfter = async (
  hub: Pick<ConnectedHub, 'store'>,
  { position, count }: { position: number; count: number },
): Promise<readonly StoredEvent[]> => {
  const endMs = performance.now() + DEADLINE_MS;
  const found: StoredEvent[] = [];
  let after = position;
  while (found.length < count) {
    if (performance.now() > endMs) throw new Error(`only ${found.length} of ${count} were decided in time`);
    const range = await hub.store.events.read({ after, limit: 2_000, categories: ['placement'] });
    after = range.through;
    found.push(...range.events);
    if (range.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return found;
};
