import { conditionOf, documentsOf, eventually, type Fleet, startFleet } from '../support/fleet.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const STORE = '/apis/apps/v1/namespaces/shop/statefulsets/store';

describe('an ordinary application on three real clusters', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
  }, 180_000);
  afterAll(() => fleet?.close(), 60_000);

  const readyIn = async (cluster: string, path: string): Promise<number> =>
    (await fleet.member(cluster).request({ path })).body?.status?.readyReplicas ?? 0;

  it('becomes Available in all three, and the hub shows the sum', async () => {
    for (const file of ['examples/shop.yaml', 'examples/shop-policies.yaml']) {
      for (const object of documentsOf(file)) {
        const { status, body } = await fleet.apply(object);
        expect([status, body?.message]).toEqual([201, undefined]);
      }
    }
    for (const { name } of fleet.members) {
      await eventually(`web ready in ${name}`, async () => (await readyIn(name, WEB)) === 2);
      await eventually(`store ready in ${name}`, async () => (await readyIn(name, STORE)) === 2);
    }
    const web = await eventually('Available at the hub', async () => {
      const { body } = await fleet.get(WEB);
      return conditionOf(body, 'Available')?.status === 'True' && body;
    });
    expect(web.status.readyReplicas).toBe(6);
    expect(conditionOf(web, 'skerry.dev/Placed').message).toBe('c1=2, c2=2, c3=2');
  }, 120_000);
});
