import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import type { DemoMembers } from '@skerry/all-in-one/up/members';
import { openWorld, type OpenWorld } from '@skerry/boot/open-world';
import { startNats } from '@skerry/local/nats';
import { startPostgres } from '@skerry/local/postgres';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { createLog } from '@skerry/runtime/telemetry/log';
import { preparePlace } from './visible.ts';

/** A folder for the work, removed afterwards. */
export const inFolder = async <T>(work: (dir: string) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** A whole hub for the work, its store thrown away afterwards. */
export const withPlatform = <T>(
  work: (platform: Platform) => Promise<T>,
  { tracing }: { readonly tracing?: Tracing | undefined } = {},
): Promise<T> =>
  inFolder(async (dir) => {
    const own = { dir: join(dir, 'state'), tracing };
    const platform = await openPlatform({ ...own, report: () => undefined, logLevel: 'warn' });
    try {
      return await work(platform);
    } finally {
      await platform.stop();
      await platform.postgres.discard();
    }
  });

/** Only a store and a bus: no service. */
export const withWorld = <T>(work: (opened: OpenWorld & { readonly databaseUrl: string }) => Promise<T>): Promise<T> =>
  inFolder(async (dir) => {
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    const nats = await startNats({ dir: join(dir, 'nats') });
    const { user, password } = nats.users[0]!;
    try {
      const opened = await openWorld({
        name: 'bench',
        database: { connectionString: postgres.url, masterKeyPath: join(dir, 'master.key') },
        nats: { servers: nats.url, user, password },
        makesStreams: true,
        log: createLog({ level: 'warn', file: join(dir, 'bench.log') }),
      });
      try {
        return await work({ ...opened, databaseUrl: postgres.url });
      } finally {
        await opened.close();
      }
    } finally {
      await nats.stop();
      await postgres.discard();
    }
  });

/** Resolves when so many clusters are Ready. */
export const allReady = async (platform: Pick<Platform, 'api'>, count: number): Promise<void> => {
  const endMs = performance.now() + 90_000;
  for (;;) {
    const { body } = await platform.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    if (body.items.filter((one: any) => one.status?.verdict === 'Ready' && one.status.nodesReady > 0).length >= count)
      return;
    if (performance.now() > endMs) throw new Error('the clusters did not become Ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** The same with members that have joined, and a namespace whose objects go to all of them. */
export const withMembers = <T>(
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
