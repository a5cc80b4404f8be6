import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import { startRealMembers, type DemoMembers } from '@skerry/all-in-one/up/members';
import { startSimulatedMembers } from '@skerry/all-in-one/up/simulated-members';
import { formatTable } from '@skerry/all-in-one/up/format-table';
import { startPostgres } from '@skerry/local/postgres';
import { measureAppend } from './append.ts';
import { measureDecisions } from './decisions.ts';
import { measureVisible, preparePlace } from './visible.ts';
import { watchMember } from './watch-names.ts';

type Figures = Record<string, number>;

const report = (line: string): void => void process.stderr.write(`${line}\n`);

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

/** Proportional set size of this process: what it would free. In MiB. */
const pssMib = (): number => {
  const line = /^Pss:\s+(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1_024;
};

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

const visibleWith = (startMembers: (platform: Platform, say: (line: string) => void) => Promise<DemoMembers>) =>
  withPlatform(async (platform) => {
    const started = await startMembers(platform, () => undefined);
    try {
      for (const { join: request } of started.members) await joinCluster(platform.api, request);
      await allReady(platform, started.members.length);
      await preparePlace(platform.api);
      const watch = watchMember(started.members[0]!.join.kubeconfig);
      // the first ones pay for what is opened once: connections, prepared statements, informers
      await measureVisible(platform.api, { watch: watchMember(started.members[0]!.join.kubeconfig), prefix: 'warm-' });
      const idleMib = pssMib();
      return { ...(await measureVisible(platform.api, { watch, prefix: 'note-' })), idleMib };
    } finally {
      await platform.syncers.stop();
      await started.stop();
    }
  });

const measureAll = async (): Promise<Figures> => {
  report('1/4 event store');
  const figures: Figures = await measureStore();
  report('2/4 apply to visible in a simulated member, 20 a second');
  const simulated = await visibleWith(startSimulatedMembers);
  figures['apply_visible_ms_p50_at_20'] = simulated.p50;
  figures['apply_visible_ms_p99_at_20'] = simulated.p99;
  // three simulated members live in the same process: an upper bound
  figures['memory_idle_mib'] = simulated.idleMib;
  report('3/4 apply to visible in a real member, 20 a second');
  const real = await visibleWith(startRealMembers);
  figures['apply_visible_ms_p50_at_20_real'] = real.p50;
  figures['apply_visible_ms_p99_at_20_real'] = real.p99;
  report('4/4 decisions over 50 clusters');
  const decisions = await withPlatform((platform) => measureDecisions(platform));
  figures['decisions_per_second_50_clusters'] = decisions.perSecond;
  figures['decision_bytes_50_clusters'] = decisions.bytesEach;
  return figures;
};

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  loadBefore: loadavg().map((load) => Number(load.toFixed(2))),
  at: new Date().toISOString(),
});

const state = machine();
const figures = await measureAll();
const rounded = Object.fromEntries(
  Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]),
);
process.stdout.write(
  `${formatTable([['FIGURE', 'VALUE'], ...Object.entries(rounded).map(([name, value]) => [name, String(value)])])}\n`,
);
const at = process.argv.indexOf('--json');
if (at >= 0) writeFileSync(process.argv[at + 1]!, `${JSON.stringify({ machine: state, figures: rounded }, null, 2)}\n`);
process.exit(0);
