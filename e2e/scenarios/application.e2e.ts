import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '@skerry/local/members/member';
import {
  applyAll,
  conditionOf,
  documentsOf,
  eventually,
  type Fleet,
  liveIn,
  patchHub,
  startFleet,
} from '../support/fleet.ts';
import { configMap, namespace, policy } from '../support/objects.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const STORE = '/apis/apps/v1/namespaces/shop/statefulsets/store';
const SETTINGS = '/api/v1/namespaces/shop/configmaps/web-settings';
const SERVICE = '/api/v1/namespaces/shop/services/web';
const NAMESPACE = '/api/v1/namespaces/shop';
const CANARY = 'canary-7f3a91c2e5d8';
const EDITED = 'canary-edited-b64d02ff';
/** Is no secret, and has to be found: a search that finds nothing proves nothing. */
const OPEN = 'open-5e0c77d1a9b2';
const encodings = (text: string): string[] => [
  text,
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
  // where the text does not begin on a byte that base64 can split at
  Buffer.from(` ${text}`).toString('base64').slice(2, -4),
  Buffer.from(`  ${text}`).toString('base64').slice(4, -4),
];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const imageOf = (web: any): string => web?.spec.template.spec.containers[0].image;

describe('an ordinary application on three real clusters', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
  }, 180_000);
  afterAll(() => fleet?.close(), 60_000);

  const inEach = async (what: string, look: (member: Member) => Promise<unknown>): Promise<void> => {
    for (const member of fleet.members) {
      await eventually(`${what} in ${member.name}`, async () => (await look(member)) === true);
    }
  };
  const ready = async (member: Member, path: string): Promise<number> =>
    (await liveIn(member, path))?.status?.readyReplicas ?? 0;

  it('becomes Available in all three, and the hub shows the sum', async () => {
    await applyAll(fleet, [...documentsOf('examples/shop.yaml'), ...documentsOf('examples/shop-policies.yaml')]);
    await inEach('web ready', async (member) => (await ready(member, WEB)) === 2);
    await inEach('store ready', async (member) => (await ready(member, STORE)) === 2);
    const web = await eventually('Available at the hub', async () => {
      const { body } = await fleet.get(WEB);
      return conditionOf(body, 'Available')?.status === 'True' && body;
    });
    expect(web.status.readyReplicas).toBe(6);
    expect(conditionOf(web, 'skerry.dev/Placed').message).toBe('c1=2, c2=2, c3=2');
  }, 120_000);

  it('is scaled from 6 to 60 at once, and back to 6 without ever going below', async () => {
    await patchHub(fleet, WEB, { spec: { replicas: 60 } });
    await inEach('20 ready', async (member) => (await ready(member, WEB)) === 20);
    await patchHub(fleet, WEB, { spec: { replicas: 6 } });
    await inEach('2 ready', async (member) => {
      const counts = await Promise.all(fleet.members.map((one) => ready(one, WEB)));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(6);
      return (await ready(member, WEB)) === 2;
    });
  }, 180_000);

  it('follows edits of image and ConfigMap everywhere, and an override in one cluster only', async () => {
    await patchHub(fleet, SETTINGS, { data: { greeting: 'good morning' } });
    const [, , , , web] = documentsOf('examples/shop.yaml') as any[];
    web.spec.template.spec.containers[0].image = 'registry.example/shop/web:2.0';
    await applyAll(fleet, [web]);
    await inEach(
      'the new image',
      async (member) => imageOf(await liveIn(member, WEB)) === 'registry.example/shop/web:2.0',
    );
    await inEach(
      'the new greeting',
      async (member) => (await liveIn(member, SETTINGS))?.data.greeting === 'good morning',
    );
    const override = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'canary', namespace: 'shop' },
      spec: {
        selects: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }],
        rules: [{ clusters: { names: ['c2'] }, operations: [{ image: { tag: '2.1' } }] }],
      },
    };
    await applyAll(fleet, [override]);
    await eventually(
      'the canary',
      async () => imageOf(await liveIn(fleet.member('c2'), WEB)) === 'registry.example/shop/web:2.1',
    );
    for (const name of ['c1', 'c3']) {
      expect(imageOf(await liveIn(fleet.member(name), WEB))).toBe('registry.example/shop/web:2.0');
    }
  }, 120_000);

  it('is repaired after drift within 2 s, and the repairs are on record', async () => {
    const member = fleet.member('c1');
    await eventually('applied', async () => (await fleet.get(WEB)).body.status.updatedReplicas === 6);
    await member.request({ method: 'DELETE', path: SERVICE });
    const contentType = 'application/merge-patch+json';
    await member.request({
      method: 'PATCH',
      path: `${SETTINGS}?fieldManager=somebody`,
      body: { data: { colour: 'red' } },
      contentType,
    } as never);
    await eventually(
      'the ConfigMap is reverted',
      async () => (await liveIn(member, SETTINGS))?.data.colour === 'green',
      2_000,
    );
    await eventually('the Service is back', async () => liveIn(member, SERVICE), 2_000);
    const repairs = async (kind: string): Promise<any[]> => {
      const { body } = await fleet.get(`/skerry/v1/placements/core/${kind}`);
      return body.clusters.find((one: any) => one.cluster === 'c1').repairs ?? [];
    };
    await eventually('the revert is recorded with who wrote', async () =>
      (await repairs('configmaps/shop/web-settings')).some(
        (one) => one.action === 'reverted' && one.manager === 'somebody',
      ),
    );
    await eventually('the recreation is recorded', async () =>
      (await repairs('services/shop/web')).some((one) => one.action === 'recreated'),
    );
  }, 60_000);

  it('is repaired in exactly the two places that drifted while its syncer was down, by no more requests than that takes', async () => {
    const member = fleet.member('c3');
    await fleet.platform.syncers.hold('c3');
    const mark = member.auditMark();
    await member.request({ method: 'DELETE', path: SERVICE });
    const contentType = 'application/merge-patch+json';
    await member.request({ method: 'PATCH', path: SETTINGS, body: { data: { colour: 'blue' } }, contentType } as never);
    fleet.platform.syncers.release('c3');
    await eventually(
      'the ConfigMap is reverted',
      async () => (await liveIn(member, SETTINGS))?.data.colour === 'green',
    );
    await eventually('the Service is back', async () => liveIn(member, SERVICE));
    await eventually('nothing is left to do', async () => (await fleet.get(WEB)).body.status.readyReplicas === 6);
    const changes = new Map<string, string[]>();
    for (const { verb, code, resource, name } of member.audit({ since: mark, user: 'skerry', mutating: true })) {
      if (resource === 'leases') continue;
      const object = `${resource}/${name}`;
      changes.set(object, [...(changes.get(object) ?? []), `${verb} ${code}`]);
    }
    // Who wrote a field of ours is found out by an apply without force, which is refused; the second one takes it back.
    expect(Object.fromEntries(changes)).toEqual({
      'configmaps/web-settings': ['patch 409', 'patch 200'],
      'services/web': ['patch 201'],
    });
  }, 60_000);

  it('is gone from every member with all its dependants when its namespace is deleted at the hub', async () => {
    expect((await fleet.platform.api.call('DELETE', NAMESPACE)).status).toBe(200);
    await inEach('the namespace is gone', async (member) => (await liveIn(member, NAMESPACE)) === undefined);
    await inEach(
      'no pod is left',
      async (member) => (await liveIn(member, '/api/v1/namespaces/shop/pods')).items.length === 0,
    );
    await eventually(
      'no withdrawal is left',
      async () => (await fleet.get('/skerry/v1/withdrawals')).body.length === 0,
    );
    expect((await fleet.get(NAMESPACE)).status).toBe(404);
  }, 120_000);

  // the last one: it stops the hub, to read what that has written
  it('keeps a Secret that reaches its clusters out of the database, the bus, the logs and the events', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'keys',
        namespace: 'vault',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { key: CANARY } }),
        },
      },
      type: 'Opaque',
      data: { key: Buffer.from(CANARY).toString('base64') },
    };
    const note = configMap('vault', { name: 'note', data: { open: OPEN } });
    await applyAll(fleet, [namespace('vault'), policy('vault', {}), body, note]);
    const path = '/api/v1/namespaces/vault/secrets/keys';
    const keyIn = async (member: Member): Promise<string> =>
      Buffer.from((await liveIn(member, path))?.data.key ?? '', 'base64').toString();
    await inEach('the Secret', async (member) => (await keyIn(member)) === CANARY);
    for (const member of fleet.members) {
      expect(JSON.stringify((await liveIn(member, path)).metadata.annotations)).not.toContain(CANARY);
    }
    await patchHub(fleet, path, { data: { key: Buffer.from(EDITED).toString('base64') } });
    await inEach('the edited Secret', async (member) => (await keyIn(member)) === EDITED);
    const { body: history } = await fleet.get('/skerry/v1/history/core/secrets/vault/keys');
    expect(history.map((one: any) => one.difference)).toEqual(['changed', 'changed']);
    const { body: readBack } = await fleet.get(path);
    expect(Buffer.from(readBack.data.key, 'base64').toString()).toBe(EDITED);

    const { platform } = fleet;
    await platform.syncers.stop();
    await platform.hub.stop();
    await platform.nats.stop();
    await platform.postgres.stop();
    const files = [...filesBelow(join(fleet.dir, 'state')), ...filesBelow(platform.postgres.dataDir)];
    expect(files.length).toBeGreaterThan(100);
    const holding = (texts: readonly string[]): string[] =>
      files.filter((file) => {
        if (statSync(file).size === 0) return false;
        const bytes = readFileSync(file, 'latin1');
        return texts.flatMap(encodings).some((needle) => bytes.includes(needle));
      });
    expect(holding([OPEN])).not.toEqual([]);
    expect(holding([CANARY, EDITED])).toEqual([]);
  }, 120_000);
});
