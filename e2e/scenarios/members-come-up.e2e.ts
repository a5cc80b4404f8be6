import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Member } from '@skerry/local/members/member';
import { startMembers, type Members } from '@skerry/local/members/start-members';
import { waitUntil } from '@skerry/local/wait-until';
import { locate } from '@skerry/native/locate';

let dir: string;
let fleet: Members;

beforeAll(async () => {
  // Programs that are not cached yet take minutes; that is no part of the deadline of the tests.
  dir = mkdtempSync(join(tmpdir(), 'skerry-members-'));
  fleet = await startMembers({ dir, members: ['c1', 'c2', 'c3'] });
}, 20 * 60_000);

afterAll(async () => {
  await fleet?.close();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

const deployment = (name: string, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 10,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';

async function apply(member: Member, body: ReturnType<typeof deployment>): Promise<number> {
  const path = `${deployments}/${body.metadata.name}?fieldManager=test&force=true`;
  const contentType = 'application/apply-patch+yaml';
  return (await member.request({ method: 'PATCH', path, body, contentType })).status;
}

const readyIn = async (member: Member, name: string): Promise<number> =>
  (await member.request({ path: `${deployments}/${name}` })).body.status?.readyReplicas ?? 0;

const untilReady = (member: Member, name: string): Promise<true> =>
  waitUntil({
    what: `10 of 10 pods of ${name} are ready in ${member.name}`,
    deadlineMs: 60_000,
    check: async () => ((await readyIn(member, name)) === 10 ? true : undefined),
  });

describe('three real member clusters', () => {
  it('bring a Deployment of 10 to 10 ready pods in each', async () => {
    const statuses = await Promise.all(fleet.members.map((member) => apply(member, deployment('web', 'web:1'))));
    expect(statuses).toEqual([201, 201, 201]);
    await Promise.all(fleet.members.map((member) => untilReady(member, 'web')));
  }, 90_000);

  it('have nodes with room, a region and zones', async () => {
    const { body } = await fleet.member('c2').request({ path: '/api/v1/nodes' });
    const seen = body.items.map((node: any) => ({
      room: node.status.allocatable.cpu,
      region: node.metadata.labels['topology.kubernetes.io/region'],
      zone: node.metadata.labels['topology.kubernetes.io/zone'],
    }));
    expect(seen).toEqual(['a', 'b', 'c'].map((zone) => ({ room: '32', region: 'south', zone: `south-${zone}` })));
  });

  it('let kubectl in by a kubeconfig that only its owner can read', async () => {
    const kubeconfig = fleet.member('c1').kubeconfig('skerry');
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    const { kubectl } = await locate(['kubectl']);
    const said = execFileSync(kubectl.path, ['--kubeconfig', kubeconfig, 'get', 'deployment', 'web', '-o', 'name']);
    expect(said.toString().trim()).toBe('deployment.apps/web');
  }, 120_000);

  it('never get a pod ready whose image has the tag never-ready', async () => {
    const member = fleet.member('c1');
    await apply(member, deployment('stuck', 'web:never-ready'));
    const pods = '/api/v1/namespaces/default/pods?labelSelector=app%3Dstuck';
    await waitUntil({
      what: 'all pods of stuck are bound to nodes',
      deadlineMs: 30_000,
      check: async () => {
        const { body } = await member.request({ path: pods });
        return body.items.filter((pod: any) => pod.spec.nodeName).length === 10 ? true : undefined;
      },
    });
    await apply(member, deployment('late', 'web:1')); // bound after stuck's, and ready: so stuck's had their chance
    await untilReady(member, 'late');
    expect(await readyIn(member, 'stuck')).toBe(0);
  }, 90_000);

  it('say in the audit log who changed what', async () => {
    const member = fleet.member('c3');
    const since = member.auditMark();
    await apply(member, deployment('audited', 'web:1'));
    const changes = member.audit({ since, user: 'admin', mutating: true });
    expect(changes).toMatchObject([
      {
        verb: 'patch',
        resource: 'deployments',
        name: 'audited',
        namespace: 'default',
        code: 201,
        userAgent: 'skerry-local',
      },
    ]);
  });

  it('come back on the same port with what they held, after the API server stood still and after it was killed', async () => {
    const member = fleet.member('c2');
    member.stopApi();
    await expect(member.request({ path: '/readyz', deadlineMs: 300 })).rejects.toThrow(/abort|timeout/i);
    member.resumeApi();
    expect((await member.request({ path: '/readyz' })).body).toBe('ok');
    await member.killApi();
    await expect(member.request({ path: '/readyz' })).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);
    await member.restartApi();
    expect(await readyIn(member, 'web')).toBe(10);
    await apply(member, deployment('after', 'web:1'));
    await untilReady(member, 'after');
  }, 90_000);

  it('go on with what they held in the next start', async () => {
    const before = fleet.member('c1').server;
    await fleet.close();
    fleet = await startMembers({ dir, members: ['c1', 'c2', 'c3'] });
    expect(fleet.member('c1').server).toBe(before);
    expect(await readyIn(fleet.member('c1'), 'web')).toBe(10);
  }, 90_000);
});
