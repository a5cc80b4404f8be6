import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import type { HubAnswer, HubObject } from '@skerry/all-in-one/api/hub-api';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import { type Members, startMembers } from '@skerry/local/members/start-members';
import type { Member } from '@skerry/local/members/member';
import { parseAllDocuments } from 'yaml';

/** A whole hub and three real member clusters, in a folder of their own. */
export interface Fleet {
  readonly platform: Platform;
  readonly members: readonly Member[];
  readonly dir: string;
  member(name: string): Member;
  apply(object: HubObject): Promise<HubAnswer>;
  get(path: string): Promise<HubAnswer>;
  close(): Promise<void>;
}

const quiet = (): void => undefined;

export const startFleet = async (names: readonly string[] = ['c1', 'c2', 'c3']): Promise<Fleet> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-e2e-'));
  const started = await Promise.allSettled([
    openPlatform({ dir: join(dir, 'state'), report: quiet }),
    startMembers({ dir: join(dir, 'members'), members: names, report: quiet }),
  ]);
  const [platform, members] = started;
  if (platform.status === 'rejected' || members.status === 'rejected') {
    if (platform.status === 'fulfilled') await platform.value.stop();
    if (members.status === 'fulfilled') await members.value.close();
    throw platform.status === 'rejected' ? platform.reason : (members as PromiseRejectedResult).reason;
  }
  return fleetOf(dir, { platform: platform.value, members: members.value });
};

const fleetOf = async (
  dir: string,
  { platform, members }: { platform: Platform; members: Members },
): Promise<Fleet> => {
  for (const member of members.members) {
    const kubeconfig = readFileSync(member.kubeconfig('skerry'), 'utf8');
    const { status, body } = await joinCluster(platform.api, { name: member.name, kubeconfig, region: member.region });
    if (status >= 300) throw new Error(`join ${member.name}: ${status} ${JSON.stringify(body)}`);
  }
  await eventually('all clusters are Ready and have reported what they serve', async () => {
    const { body } = await platform.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    const ready = body.items.filter((one: any) => one.status?.verdict === 'Ready' && one.status.nodesReady > 0);
    return ready.length === members.members.length;
  });
  return {
    platform,
    members: members.members,
    dir,
    member: (name) => members.member(name),
    apply: (object) => platform.api.apply(object),
    get: (path) => platform.api.call('GET', path),
    close: async () => {
      await platform.stop();
      await members.close();
      if (!process.env['SKERRY_KEEP']) await platform.postgres.discard();
      if (!process.env['SKERRY_KEEP']) rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** Looks until it finds, up to a deadline; what was seen last is in the failure. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  deadlineMs = 60_000,
): Promise<T> => {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** All objects of a YAML file of the repository. */
export const documentsOf = (path: string): HubObject[] =>
  parseAllDocuments(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as HubObject,
  );

export const conditionOf = (object: any, type: string): any =>
  object?.status?.conditions?.find((one: any) => one.type === type);

/** Merge patch at the hub; throws with the hub's words when it is refused. */
export const patchHub = async (fleet: Fleet, path: string, body: unknown): Promise<any> => {
  const type = 'application/merge-patch+json';
  const answer = await fleet.platform.api.call('PATCH', path, { body, type });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body?.message}`);
  return answer.body;
};

/** Applies every object; throws with the hub's words at the first refusal. */
export const applyAll = async (fleet: Fleet, objects: readonly HubObject[]): Promise<void> => {
  for (const object of objects) {
    const { status, body } = await fleet.apply(object);
    if (status >= 300) throw new Error(`apply ${object.kind} ${object.metadata.name}: ${status} ${body?.message}`);
  }
};

export const liveIn = async (member: Member, path: string): Promise<any> => {
  const { status, body } = await member.request({ path });
  return status === 200 ? body : undefined;
};
