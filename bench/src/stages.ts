import { join } from 'node:path';
import type { Platform } from '@skerry/all-in-one/up/platform';
import { type DemoMembers, startRealMembers } from '@skerry/all-in-one/up/members';
import { type SimulatedMember, startSimulatedMembers } from '@skerry/all-in-one/up/simulated-members';
import { startPostgres } from '@skerry/local/postgres';
import { measureAppend } from './append.ts';
import { measureBurst } from './burst.ts';
import { measureChangeEvents, measureStatusStorm } from './change-events.ts';
import { measureDecisions } from './decisions.ts';
import type { Figures } from './figures.ts';
import { measureHistory } from './history.ts';
import { measureIdle } from './idle.ts';
import { measureLostCluster } from './lost-cluster.ts';
import { measureRelayLag } from './relay-lag.ts';
import { inFolder, withMembers, withPlatform, withWorld } from './rooms.ts';
import { measureRestart } from './restart.ts';
import { measureStart } from './start.ts';
import { measureSyncerMemory } from './syncer-memory.ts';
import { measureStages } from './time-table.ts';
import { measureTracing } from './tracing.ts';
import { measureVisible } from './visible.ts';
import { watchMember } from './watch-names.ts';

/** A share of the usual size, so that a stage can be tried: figures of less than 1 are no figures. */
export type Scale = (count: number) => number;

const measureStore = (): Promise<Figures> =>
  inFolder(async (dir) => {
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    try {
      return { ...(await measureAppend({ url: postgres.url, masterKeyPath: join(dir, 'master.key') })) };
    } finally {
      await postgres.discard();
    }
  });

interface Rate {
  readonly perSecond: number;
  readonly count: number;
  readonly suffix: string;
}

const visible = async (
  { api }: Platform,
  { members }: DemoMembers,
  { perSecond, count, suffix }: Rate,
): Promise<Figures> => {
  const watch = watchMember(members[0]!.join.kubeconfig);
  const measure = (prefix: string) =>
    measureVisible(api, { watch, prefix: `${prefix}${perSecond}-`, perSecond, count });
  // the first ones pay for what is opened once: connections, prepared statements, informers
  await measure('warm-');
  const { p50, p99 } = await measure('note-');
  return {
    [`apply_visible_ms_p50_at_${perSecond}${suffix}`]: p50,
    [`apply_visible_ms_p99_at_${perSecond}${suffix}`]: p99,
  };
};

const simulated = (rates: readonly number[], scale: Scale): Promise<Figures> =>
  withMembers(startSimulatedMembers, async (platform, members) => {
    const figures: Figures = {};
    for (const perSecond of rates) {
      const count = scale(Math.max(300, perSecond * 10));
      Object.assign(figures, await visible(platform, members, { perSecond, count, suffix: '' }));
    }
    return figures;
  });

const decisions = (clusters: number, scale: Scale): Promise<Figures> =>
  withPlatform(async (platform) => {
    const { perSecond, bytesEach } = await measureDecisions(platform, { clusters, workloads: scale(5_000) });
    return {
      [`decisions_per_second_${clusters}_clusters`]: perSecond,
      [`decision_bytes_${clusters}_clusters`]: bytesEach,
    };
  });

interface Stage {
  readonly says: string;
  readonly measure: (scale: Scale) => Promise<Figures>;
}

/** Each runs in a process of its own: none finds the heap and the compiled code of the one before. */
export const STAGES: Readonly<Record<string, Stage>> = {
  store: { says: 'event store', measure: measureStore },
  relay: {
    says: 'from an append to a consumer, at 5,000 events a second',
    measure: (scale) =>
      withWorld(async (opened) => {
        const { perSecond, p50Ms, p99Ms } = await measureRelayLag(opened, { perSecond: 5_000, seconds: scale(10) });
        return { relay_reached_events_per_second: perSecond, relay_lag_ms_p50: p50Ms, relay_lag_ms_p99: p99Ms };
      }),
  },
  simulated: {
    says: 'apply to visible in a simulated member, 5, 20, 50 and 200 a second',
    measure: (scale) => simulated([20, 5, 50, 200], scale),
  },
  real: {
    says: 'apply to visible in a real member, 20 a second',
    measure: (scale) =>
      withMembers(startRealMembers, (platform, members) =>
        visible(platform, members, { perSecond: 20, count: scale(300), suffix: '_real' }),
      ),
  },
  decisions: { says: 'decisions over 50 clusters', measure: (scale) => decisions(50, scale) },
  'decisions-5': { says: 'decisions over 5 clusters', measure: (scale) => decisions(5, scale) },
  'decisions-500': { says: 'decisions over 500 clusters', measure: (scale) => decisions(500, scale) },
  tracing: {
    says: 'tracing that samples nothing against none',
    measure: async (scale) => ({
      tracing_ratio_sampling_nothing: await measureTracing({ workloads: scale(3_000) }),
    }),
  },
  lost: {
    says: 'a cluster with 5,000 workloads is judged Silent',
    measure: (scale) =>
      withPlatform(async (platform) => {
        const { seconds, decided } = await measureLostCluster(platform, { workloads: scale(5_000) });
        return { lost_cluster_5000_looked_at_again_seconds: seconds, lost_cluster_5000_placements_changed: decided };
      }),
  },
  changes: {
    says: 'events that a change writes, by type, and a storm of statuses',
    measure: (scale) =>
      withMembers(startSimulatedMembers, async (platform, { members }) => ({
        ...(await measureChangeEvents(platform)),
        ...(await measureStatusStorm(platform, { member: members[0] as SimulatedMember, pods: scale(10_000) })),
      })),
  },
  history: {
    says: "a year's history, 1,000,000 events: start, reads of the past, size on disk",
    measure: (scale) =>
      inFolder(async (dir) => {
        const found = await measureHistory(dir, { events: scale(1_000_000) });
        return {
          history_1000000_start_seconds: found.startSeconds,
          history_1000000_list_as_of_ms: found.listMs,
          history_1000000_read_of_one_ms: found.historyMs,
          history_bytes_per_event: found.bytesPerEvent,
          history_appends_per_second: found.appendsPerSecond,
        };
      }),
  },
  restart: {
    says: '30,000 objects in 10 clusters: memory of the hub, and its restart',
    measure: (scale) =>
      inFolder(async (dir) => {
        const { seconds, memberWrites, memoryMib } = await measureRestart(dir, { count: scale(30_000) });
        return {
          memory_30000_objects_mib: memoryMib,
          restart_30000_seconds: seconds,
          restart_member_writes: memberWrites,
        };
      }),
  },
  syncer: {
    says: 'memory of a syncer with 5,000 objects and 10,000 pods',
    measure: (scale) =>
      inFolder(async (dir) => ({
        syncer_5000_objects_mib: await measureSyncerMemory(dir, { objects: scale(5_000), pods: scale(10_000) }),
      })),
  },
  burst: {
    says: 'a burst of 5,000 over two real members',
    measure: (scale) =>
      withPlatform(async (platform) => {
        const found = await measureBurst(platform, { count: scale(5_000) });
        return {
          member_ceiling_applies_per_second: found.ceilingPerSecond,
          burst_5000_ratio_to_member_ceiling: found.endToEnd,
          burst_5000_ratio_decided_before: found.decidedBefore,
        };
      }),
  },
  stages: {
    says: 'where the time of an apply goes, by stage',
    measure: (scale) =>
      withMembers(startSimulatedMembers, (platform, { members }) =>
        measureStages(platform, { watch: watchMember(members[0]!.join.kubeconfig), count: scale(300) }),
      ),
  },
  start: {
    says: 'process start to the sample Available, five times',
    measure: () => inFolder(async (dir) => ({ start_sample_available_seconds: await measureStart(dir) })),
  },
  idle: {
    says: 'memory after ten minutes at 5 changes a second, with three simulated members in the same process',
    measure: () => withMembers(startSimulatedMembers, async ({ api }) => ({ memory_idle_mib: await measureIdle(api) })),
  },
};
