import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import { type Members, startMembers } from '@skerry/local/members/start-members';
import { eventually, liveIn } from '../support/fleet.ts';
import { configMap, deployment, namespace, policy } from '../support/objects.ts';

const NAMESPACE = 'restored';
const WEB = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`;
const noteOf = (name: string): string => `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;
const quiet = (): void => undefined;

let dir: string;
let platform: Platform;
let members: Members;
const membersDir = (): string => join(dir, 'members');
const start = async (): Promise<void> =>
  void (members = await startMembers({ dir: membersDir(), members: ['c1'], report: quiet }));

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'skerry-e2e-'));
  [platform] = await Promise.all([openPlatform({ dir: join(dir, 'state'), report: quiet }), start()]);
  const kubeconfig = readFileSync(members.member('c1').kubeconfig('skerry'), 'utf8');
  const { status } = await joinCluster(platform.api, { name: 'c1', kubeconfig });
  expect(status).toBeLessThan(300);
}, 180_000);
afterAll(async () => {
  await platform?.stop();
  await members?.close();
  if (process.env['SKERRY_KEEP']) return;
  await platform?.postgres.discard();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const apply = async (...objects: Parameters<Platform['api']['apply']>[0][]): Promise<void> => {
  for (const object of objects) {
    const { status, body } = await platform.api.apply(object);
    if (status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${body?.message}`);
  }
};
const web = (replicas: number, image: string) => deployment(NAMESPACE, { name: 'web', replicas, image });
const note = (name: string, text: string) => configMap(NAMESPACE, { name, data: { text } });

const seen = async () => {
  const member = members.member('c1');
  const [live, first, later, gone] = await Promise.all([
    liveIn(member, WEB),
    ...['first', 'later', 'gone'].map((name) => liveIn(member, noteOf(name))),
  ]);
  const image = live?.spec.template.spec.containers[0].image as string | undefined;
  const { replicas } = live?.spec ?? {};
  return { replicas, image, first: first?.data.text, later: later?.data.text, gone: gone?.data.text };
};
const becomes = async (wanted: Awaited<ReturnType<typeof seen>>): Promise<void> => {
  let last: unknown;
  const holds = async (): Promise<boolean> => JSON.stringify((last = await seen())) === JSON.stringify(wanted);
  await eventually('the member holds what it shall', holds, 90_000).catch(() => expect(last).toEqual(wanted));
};

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/skerry-system/leases/skerry-syncer';
const renewTime = async (): Promise<string> => (await liveIn(members.member('c1'), LEASE))?.spec.renewTime;

describe('a member whose etcd is restored to an older state, under a running hub', () => {
  it('is brought to what it is told now; what was deleted since is shown as an orphan and not touched', async () => {
    await apply(namespace(NAMESPACE), policy(NAMESPACE, {}), web(2, 'web:1'), note('first', 'one'), note('gone', 'x'));
    await becomes({ replicas: 2, image: 'web:1', first: 'one', later: undefined, gone: 'x' });
    await members.close();
    const [etcd, backup] = [join(membersDir(), 'etcd'), join(dir, 'etcd-backup')];
    cpSync(etcd, backup, { recursive: true });
    await start();

    await apply(web(4, 'web:2'), note('first', 'two'), note('later', 'new'));
    await platform.api.call('DELETE', noteOf('gone'));
    const now = { replicas: 4, image: 'web:2', first: 'two', later: 'new', gone: undefined };
    await becomes(now);
    await eventually('the withdrawal of the deleted one has ended', async () => {
      const { body } = await platform.api.call('GET', '/skerry/v1/withdrawals');
      return JSON.stringify(body).includes('gone') ? undefined : true;
    });
    // The lease is what tells an older member; it is renewed every 5 s.
    const renewed = await renewTime();
    await eventually('the syncer has renewed its lease', async () => (await renewTime()) !== renewed);
    await members.close();
    rmSync(etcd, { recursive: true });
    cpSync(backup, etcd, { recursive: true });
    await start();

    await becomes({ ...now, gone: 'x' });
    await eventually('it is listed as an orphan', async () => {
      const { body } = await platform.api.call('GET', '/skerry/v1/orphans');
      return JSON.stringify(body).includes('"gone"');
    });
    await eventually('its status is told', async () => {
      const { body } = await platform.api.call('GET', WEB);
      return body.status?.readyReplicas === 4;
    });
  }, 300_000);
});
