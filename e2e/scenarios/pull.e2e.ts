import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultProxy } from '@skerry/testing/infra/fault-proxy';
import { eventually } from '../support/fleet.ts';
import { clustersReady, type FleetMember, type SeparateFleet, startSeparateFleet } from '../support/separate-fleet.ts';

const NAMESPACE = 'far';
/** Longer in the nightly run. */
const CUT_MS = Number(process.env['SKERRY_TEST_CUT_MS'] ?? 60_000);
/** A cluster is Silent after 20 s without a beat. */
const SILENT_WITHIN_MS = 40_000;

let fleet: SeparateFleet;
/** the far side's way to the gateways and to NATS: nothing ever dials in */
let toHub: FaultProxy;
let toNats: FaultProxy;
let syncer: FleetMember;

beforeAll(async () => {
  fleet = await startSeparateFleet({ instances: 1, clusters: ['south'] });
  toHub = await FaultProxy.open(() => [fleet.balancer.port]);
  toNats = await FaultProxy.open(() => [fleet.nats.port]);
  const slow = { delayMs: 150, lossShare: 0.01, random: seeded(7) };
  [toHub, toNats].forEach((link) => link.become(slow));
  [syncer] = (await fleet.addSyncers('north', { hub: toHub.port, nats: toNats.port })) as [FleetMember];
  syncer.start();
  await clustersReady(fleet.api, ['north', 'south']);
  for (const object of [namespace, policy]) await mustApply(object);
}, 180_000);
afterAll(async () => {
  await fleet?.close();
  await Promise.all([toHub?.close(), toNats?.close()]);
}, 60_000);

/** mulberry32: the same losses at every run. */
const seeded = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const mustApply = async (object: object): Promise<void> => {
  const { status, body } = await fleet.api.apply(object as never);
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
};

const cutBoth = (direction: Parameters<FaultProxy['cut']>[0]): void =>
  [toHub, toNats].forEach((link) => link.cut(direction));
const mendBoth = (): void => [toHub, toNats].forEach((link) => link.mend());

const user = { name: 'somebody', groups: ['system:masters'] };
const inNorth = async (request: { method: string; path: string; body?: object }) => {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = request.body && { body: JSON.stringify(request.body) };
  const answer = await fleet.member('north').sim.handle({ ...request, headers, user, ...body } as never);
  return { status: answer.status, body: JSON.parse(answer.body) };
};
const WEB = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`;

const replicasInNorth = async (): Promise<number | undefined> =>
  (await inNorth({ method: 'GET', path: WEB })).body.spec?.replicas;
const verdictOf = async (name: string): Promise<string> =>
  (await fleet.api.call('GET', `/apis/skerry.dev/v1alpha1/clusters/${name}`)).body.status?.verdict;
const readyAtHub = async (): Promise<number> => (await fleet.api.call('GET', WEB)).body.status?.readyReplicas ?? 0;

describe('a syncer on the far side of a slow, lossy line that it dials itself', () => {
  it('brings what is applied to its cluster, and the status back', async () => {
    await mustApply(deployment(3));
    await eventually('all six are ready', async () => (await readyAtHub()) === 6);
    expect(await replicasInNorth()).toBe(3);
  }, 60_000);

  it(
    'is Silent while the line is cut, keeps its cluster as last told, and catches up afterwards',
    async () => {
      const cutAtMs = performance.now();
      cutBoth('both');
      await mustApply(deployment(5));
      await inNorth({ method: 'PATCH', path: WEB, body: { spec: { replicas: 1 } } });
      // cut off, it still mends what somebody changes
      await eventually('the drift is mended without the hub', async () => (await replicasInNorth()) === 3);
      await eventually('north is Silent', async () => (await verdictOf('north')) === 'Silent', SILENT_WITHIN_MS);
      await eventually('the time of the cut is over', async () => performance.now() - cutAtMs > CUT_MS, CUT_MS + 5_000);
      expect(await replicasInNorth()).toBe(3);
      mendBoth();
      await eventually('north is back and as it is told now', async () => (await replicasInNorth()) === 5);
      await eventually(
        'and says so',
        async () => (await verdictOf('north')) === 'Ready' && (await readyAtHub()) === 10,
      );
    },
    180_000 + CUT_MS,
  );

  it.each(['towards the target', 'towards the client'] as const)(
    'goes on after a line that was cut %s only',
    async (direction) => {
      cutBoth(direction);
      // Three times in vain: a server that does not hear a login answers as if it refused it.
      const dialled = toNats.opened;
      await eventually('it has dialled again', async () => toNats.opened > dialled + 3);
      const replicas = direction === 'towards the target' ? 4 : 2;
      await mustApply(deployment(replicas));
      mendBoth();
      await eventually('north is as it is told', async () => (await replicasInNorth()) === replicas, 90_000);
      await eventually('and says so', async () => (await verdictOf('north')) === 'Ready');
    },
    180_000,
  );
});

it('stops in order while the line is cut', async () => {
  cutBoth('both');
  expect(await syncer.stop()).toBe(0);
  mendBoth();
}, 60_000);

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
const policy = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everywhere', namespace: NAMESPACE },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
};
const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
});
