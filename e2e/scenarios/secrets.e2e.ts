import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { applyAll, eventually, type Fleet, liveIn, patchHub, startFleet } from '../support/fleet.ts';
import { namespace, policy } from '../support/objects.ts';

const CANARY = 'canary-7f3a91c2e5d8';
const EDITED = 'canary-edited-b64d02ff';
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

describe('a Secret', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(['c1']);
  }, 180_000);
  afterAll(() => fleet?.close(), 60_000);

  it('reaches its cluster, and its bytes are nowhere in the database, the bus, the logs or the events', async () => {
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
    await applyAll(fleet, [namespace('vault'), policy('vault', {}), body]);
    const path = '/api/v1/namespaces/vault/secrets/keys';
    const member = fleet.member('c1');
    const live = await eventually('the Secret', () => liveIn(member, path));
    expect(Buffer.from(live.data.key, 'base64').toString()).toBe(CANARY);
    expect(JSON.stringify(live.metadata.annotations)).not.toContain(CANARY);
    await patchHub(fleet, path, { data: { key: Buffer.from(EDITED).toString('base64') } });
    await eventually(
      'the edited Secret',
      async () => Buffer.from((await liveIn(member, path)).data.key, 'base64').toString() === EDITED,
    );
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
    const leaks = files.filter((file) => {
      if (statSync(file).size === 0) return false;
      const text = readFileSync(file, 'latin1');
      return [CANARY, EDITED].flatMap(encodings).some((needle) => text.includes(needle));
    });
    expect(leaks).toEqual([]);
  }, 120_000);
});
