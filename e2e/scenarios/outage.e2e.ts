import { applyAll, eventually, type Fleet, liveIn, startFleet } from '../support/fleet.ts';
import { configMap, namespace, policy } from '../support/objects.ts';

const OUTAGE_MS = 60_000;

/** Resolves when that much time has passed since `fromMs`; what is awaited is the time itself. */
const passed = (fromMs: number, ms: number): Promise<unknown> =>
  eventually('the outage has lasted', async () => performance.now() - fromMs >= ms, ms + 10_000);

describe('outages of 60 s, on three real clusters', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
    await applyAll(fleet, [
      namespace('calm'),
      policy('calm', {}),
      configMap('calm', { name: 'first', data: { name: 'first' } }),
    ]);
    for (const member of fleet.members) {
      await eventually('the namespace is there', () => liveIn(member, '/api/v1/namespaces/calm/configmaps/first'));
    }
  }, 180_000);
  afterAll(() => fleet?.close(), 60_000);

  const liveNames = async (cluster: string): Promise<Set<string>> => {
    const list = await liveIn(fleet.member(cluster), '/api/v1/namespaces/calm/configmaps');
    return new Set((list?.items ?? []).map((one: any) => one.metadata.name as string));
  };

  it('a member whose API stops during 100 applies holds up no other, and catches up', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `note-${index}`);
    fleet.member('c2').stopApi();
    const stoppedMs = performance.now();
    await Promise.all(names.map((name) => applyAll(fleet, [configMap('calm', { name, data: { name } })])));
    for (const cluster of ['c1', 'c3']) {
      await eventually(
        `all 100 are live in ${cluster}`,
        async () => {
          const live = await liveNames(cluster);
          return names.every((name) => live.has(name));
        },
        OUTAGE_MS - (performance.now() - stoppedMs),
      );
    }
    const verdict = await eventually('the hub says that it is cut off', async () => {
      const { body } = await fleet.get('/apis/skerry.dev/v1alpha1/clusters/c2');
      return body.status.verdict !== 'Ready' && body.status.verdict;
    });
    expect(['NotReady', 'Silent']).toContain(verdict);
    await passed(stoppedMs, OUTAGE_MS);
    fleet.member('c2').resumeApi();
    await eventually('c2 has caught up', async () => {
      const live = await liveNames('c2');
      return names.every((name) => live.has(name));
    });
    await eventually(
      'c2 is Ready again',
      async () => (await fleet.get('/apis/skerry.dev/v1alpha1/clusters/c2')).body.status.verdict === 'Ready',
    );
  }, 240_000);

  it('drift in a member is repaired while the hub is gone, and the hub takes up where it was', async () => {
    const { platform } = fleet;
    const member = fleet.member('c1');
    const path = '/api/v1/namespaces/calm/configmaps/first';
    const goneMs = performance.now();
    await platform.hub.stop();
    await Promise.all([platform.nats.kill(), platform.postgres.kill()]);
    for (const round of [1, 2]) {
      await member.request({ method: 'DELETE', path });
      await eventually('the deleted object is back', () => liveIn(member, path), 2_000);
      const contentType = 'application/merge-patch+json';
      await member.request({ method: 'PATCH', path, body: { data: { name: `drift ${round}` } }, contentType } as never);
      await eventually('the edit is reverted', async () => (await liveIn(member, path))?.data.name === 'first', 2_000);
      if (round === 1) await passed(goneMs, OUTAGE_MS - 5_000);
    }
    await Promise.all([platform.nats.restart(), platform.postgres.restart()]);
    await platform.hub.restart();
    await applyAll(fleet, [configMap('calm', { name: 'after', data: {} })]);
    for (const each of fleet.members) {
      await eventually('applied after the return', () => liveIn(each, '/api/v1/namespaces/calm/configmaps/after'));
    }
    const repairs = await eventually('what was repaired meanwhile is on record', async () => {
      const { body } = await fleet.get('/skerry/v1/placements/core/configmaps/calm/first');
      const found = body.clusters.find((one: any) => one.cluster === 'c1')?.repairs;
      return found?.length > 0 && found;
    });
    expect(repairs.length).toBeGreaterThanOrEqual(2);
  }, 240_000);
});
