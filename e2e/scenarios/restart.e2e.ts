import type { Member } from '@skerry/local/members/member';
import { applyAll, eventually, type Fleet, liveIn, startFleet } from '../support/fleet.ts';
import { configMap, namespace, policy } from '../support/objects.ts';

const OBJECTS = 2_000;

/** Asks for the count only: to list them all again and again would slow down what is waited for. */
const holdsAll = async (member: Member): Promise<boolean> => {
  const list = await liveIn(member, '/api/v1/namespaces/many/configmaps?limit=1');
  return (list?.metadata.remainingItemCount ?? 0) >= OBJECTS - 1;
};

describe('a restart, on three real clusters', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
  }, 180_000);
  afterAll(() => fleet?.close(), 60_000);

  it(`of hub and syncers with ${OBJECTS} objects makes no request that changes anything in a member`, async () => {
    await applyAll(fleet, [namespace('many'), policy('many', {})]);
    const all = Array.from({ length: OBJECTS }, (_, index) =>
      configMap('many', { name: `n-${index}`, data: { index: String(index) } }),
    );
    const lanes = Array.from({ length: 16 }, (_, lane) =>
      applyAll(
        fleet,
        all.filter((_object, index) => index % 16 === lane),
      ),
    );
    await Promise.all(lanes);
    for (const member of fleet.members) await eventually('all are live', () => holdsAll(member), 120_000);
    const applied = (): Promise<boolean> =>
      fleet.platform.api
        .call('GET', '/api/v1/namespaces/many/configmaps')
        .then(
          ({ body }) =>
            body.items.length >= OBJECTS &&
            body.items.every((one: any) =>
              one.metadata.annotations?.['skerry.dev/conditions']?.includes('"status":"True","reason":"Applied"'),
            ),
        );
    await eventually('all are applied', applied, 120_000);
    const marks = fleet.members.map((member) => member.auditMark());
    const { position } = await fleet.platform.store.events.head();
    for (const { name } of fleet.members) await fleet.platform.syncers.hold(name);
    await fleet.platform.hub.restart();
    for (const { name } of fleet.members) fleet.platform.syncers.release(name);
    await eventually('hub and syncers are back', async () => {
      const { body } = await fleet.get('/apis/skerry.dev/v1alpha1/clusters');
      return (
        fleet.platform.syncers.clusters.length === fleet.members.length &&
        fleet.platform.hub.ready() &&
        body.items.every((one: any) => one.status.verdict === 'Ready')
      );
    });
    // what is applied after the restart comes after whatever the restart itself would have caused
    await applyAll(fleet, [configMap('many', { name: 'last', data: {} })]);
    await eventually('the last one is applied', async () => {
      const { body } = await fleet.get('/skerry/v1/placements/core/configmaps/many/last');
      return (
        body.clusters.length === fleet.members.length && body.clusters.every((one: any) => one.state === 'Applied')
      );
    });
    fleet.members.forEach((member, index) => {
      const changes = member
        .audit({ since: marks[index], user: 'skerry', mutating: true })
        .filter((request) => request.resource !== 'leases')
        .map((request) => `${request.verb} ${request.resource}/${request.name}`);
      expect(changes).toEqual(['patch configmaps/last']);
    });
    const { events } = await fleet.platform.store.events.read({
      after: position,
      limit: 10_000,
      categories: ['selection', 'placement', 'desired'],
    });
    expect(events.map((event) => event.type).sort()).toEqual([
      ...fleet.members.map(() => 'ObjectDesired'),
      'PlacementDecided',
      'SelectionDecided',
    ]);
  }, 300_000);
});
