import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import { startRealMembers, type DemoMembers } from '@skerry/all-in-one/up/members';
import { startSimulatedMembers } from '@skerry/all-in-one/up/simulated-members';
import { startPostgres } from '@skerry/local/postgres';
import { measureAppend } from './append.ts';
import { measureDecisions } from './decisions.ts';
import { measureIdle } from './idle.ts';
import { measureStart } from './start.ts';
import { measureVisible, preparePlace } from './visible.ts';
import { watchMember } from './watch-names.ts';

export type Figures = Record<string, number>;

const inFolder = async <T>(work: (dir: string) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const withPlatform = <T>(work: (platform: Platform) => Promise<T>): Promise<T> =>
  inFolder(async (dir) => {
    const platform = await openPlatform({ dir: join(dir, 'state'), report: () => undefined, logLevel: 'warn' });
    try {
      return await work(platform);
    } finally {
      await platform.stop();
      await platform.postgres.discard();
    }
  });

const measureStore = (): Promise<Figures> =>
  inFolder(async (dir) => {
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    try {
      return { ...(await measureAppend({ url: postgres.url, masterKeyPath: join(dir, 'master.key') })) };
    } finally {
      await postgres.discard();
    }
  });

const allReady = async (platform: Platform, count: number): Promise<void> => {
  const endMs = performance.now() + 90_000;
  for (;;) {
    const { body } = await platform.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    if (body.items.filter((one: any) => one.status?.verdict === 'Ready' && one.status.nodesReady > 0).length >= count)
      return;
    if (performance.now() > endMs) throw new Error('the clusters did not become Ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const withMembers = <T>(
  startMembers: (platform: Platform, say: (line: string) => void) => Promise<DemoMembers>,
  work: (platform: Platform, members: DemoMembers) => Promise<T>,
): Promise<T> =>
  withPlatform(async (platform) => {
    const started = await startMembers(platform, () => undefined);
    try {
      for (const { join: request } of started.members) await joinCluster(platform.api, request);
      await allReady(platform, started.members.length);
      await preparePlace(platform.api);
      return await work(platform, started);
    } finally {
      await platform.syncers.stop();
      await started.stop();
    }
  });

const visible = ({ api }: Platform, { members }: DemoMembers, suffix: string): Promise<Figures> => {
  const measure = (prefix: string) => measureVisible(api, { watch: watchMember(members[0]!.join.kubeconfig), prefix });
  // the first ones pay for what is opened once: connections, prepared statements, informers
  return measure('warm-').then(async () => {
    const { p50, p99 } = await measure('note-');
    return { [`apply_visible_ms_p50_at_20${suffix}`]: p50, [`apply_visible_ms_p99_at_20${suffix}`]: p99 };
  });
};

const decisions = async (platform: Platform): Promise<Figures> => {
  const { perSecond, bytesEach } = await measureDecisions(platform);
  return { decisions_per_second_50_clusters: perSecond, decision_bytes_50_clusters: bytesEach };
};

interface Stage {
  readonly says: string;
  readonly measure: () => Promise<Figures>;
}

/** Each runs in a process of its own: none finds the heap and the compiled code of the one before. */
export const STAGES: Readonly<Record<string, Stage>> = {
  store: { says: 'event store', measure: measureStore },
  simulated: {
    says: 'apply to visible in a simulated member, 20 a second',
    measure: () => withMembers(startSimulatedMembers, (platform, members) => visible(platform, members, '')),
  },
  real: {
    says: 'apply to visible in a real member, 20 a second',
    measure: () => withMembers(startRealMembers, (platform, members) => visible(platform, members, '_real')),
  },
  decisions: { says: 'decisions over 50 clusters', measure: () => withPlatform(decisions) },
  start: {
    says: 'process start to the sample Available, five times',
    measure: () => inFolder(async (dir) => ({ start_sample_available_seconds: await measureStart(dir) })),
  },
  idle: {
    says: 'memory after ten minutes at 5 changes a second, with three simulated members in the same process',
    measure: () => withMembers(startSimulatedMembers, async ({ api }) => ({ memory_idle_mib: await measureIdle(api) })),
  },
};
