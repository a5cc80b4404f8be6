import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { openSimulatedMembers, type SimulatedMembers } from './simulated-members.ts';

const WEB = '/apis/apps/v1/namespaces/default/deployments/web';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
};

describe('simulated members of the demonstration', () => {
  let dir: string;
  let open: SimulatedMembers[];
  const lines: string[] = [];
  const start = async (): Promise<SimulatedMembers> => {
    const started = await openSimulatedMembers({ dir, report: (line) => lines.push(line), log: silentLog });
    open.push(started);
    return started;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'skerry-members-sim-'));
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((members) => members.stop()));
    rmSync(dir, { recursive: true, force: true });
  });

  const clientOf = (members: SimulatedMembers): MemberClient =>
    new MemberClient({ clock: systemClock, loadKubeconfig: async () => members.members[0]!.join.kubeconfig });

  const deploy = async (members: SimulatedMembers): Promise<void> => {
    const client = clientOf(members);
    const path = `${WEB}?fieldManager=test`;
    const contentType = 'application/apply-patch+yaml';
    const { status } = await client.request({ method: 'PATCH', path, contentType, body: JSON.stringify(deployment) });
    expect(status).toBe(201);
    await waitUntil('two pods are ready', {
      holds: async () => (await members.members[0]!.get(WEB)).status?.readyReplicas === 2,
    });
    await client.close();
  };

  it('are three clusters of different size, reached with their kubeconfigs', async () => {
    const { members } = await start();
    expect(members.map(({ join: { name, region } }) => `${name} ${region}`)).toEqual([
      'north north',
      'south south',
      'west west',
    ]);
    const nodes = await Promise.all(members.map((member) => member.get('/api/v1/nodes')));
    expect(nodes.map(({ items }) => items.length)).toEqual([3, 2, 1]);
    expect(nodes[2].items[0].status.allocatable).toMatchObject({ cpu: '16000m', memory: `${32 * 2 ** 20}Ki` });
    expect(nodes[0].items[1].metadata.labels['topology.kubernetes.io/zone']).toBe('north-b');
  });

  it('are after a restart what they were before, under later versions, at the same place', async () => {
    const first = await start();
    await deploy(first);
    const { kubeconfig } = first.members[0]!.join;
    const before = await first.members[0]!.get(WEB);
    await first.stop();
    const second = await start();
    expect(second.members[0]!.join.kubeconfig).toBe(kubeconfig);
    const after = await second.members[0]!.get(WEB);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
    expect(after.status).toEqual(before.status);
    await second.members[0]!.patch(WEB, { spec: { replicas: 3 } });
    await waitUntil('its controllers go on', {
      holds: async () => (await second.members[0]!.get(WEB)).status.readyReplicas === 3,
    });
  });

  it('tell a watch from before the restart that its version is too old', async () => {
    const first = await start();
    const { resourceVersion } = (await first.members[0]!.get('/api/v1/pods')).metadata;
    await first.stop();
    const client = clientOf(await start());
    const path = `/api/v1/pods?watch=true&resourceVersion=${resourceVersion}`;
    for await (const { object } of client.watch({ path, signal: AbortSignal.timeout(5_000) })) {
      expect(object).toMatchObject({ code: 410 });
    }
    await client.close();
    expect.assertions(1);
  });

  it('begin empty where what was saved cannot be read, and say so', async () => {
    const first = await start();
    await deploy(first);
    await first.stop();
    const path = join(dir, 'north.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8')).objects.length).toBeGreaterThan(5);
    writeFileSync(path, '');
    const second = await start();
    expect(await second.members[0]!.get(WEB)).toBeUndefined();
    expect(lines.join()).toContain(`${path} cannot be read`);
  });
});
