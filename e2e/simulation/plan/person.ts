import type { Oracle } from '../oracle/oracle.ts';
import { clusterObject } from '../world/objects.ts';
import { pathOf } from '../world/client.ts';
import type { World } from '../world/world.ts';

const LOOK_EVERY_MS = 2_000;

/** A person confirms a restored hub, cluster by cluster, when it was adopted and answers again. */
export const confirmRestores = async ({ world, oracle }: { world: World; oracle: Oracle }): Promise<void> => {
  const { orders } = oracle;
  while (!world.hub.isAdopted) await world.timeline.sleep(LOOK_EVERY_MS);
  for (const name of world.fleet.members.keys()) {
    if (!orders.waitsForPerson(name)) continue;
    const path = pathOf(clusterObject(name));
    const { incarnation } = await world.hub.store.events.head();
    const at = world.timeline.date().toISOString();
    const spec = { confirmations: [{ what: 'restore', at, incarnation }] };
    const body = clusterObject(name, spec);
    const query = 'fieldManager=person&force=true';
    // from now on it may have been done, answered or not
    orders.confirmed.add(name);
    const answer = await world.client.call({ method: 'PATCH', path, query, body, user: 'person' });
    if (answer === undefined || answer.status >= 300) orders.confirmed.delete(name);
    oracle.note(`a person confirms the restore in ${name}: ${answer?.status}`);
    await world.timeline.sleep(LOOK_EVERY_MS);
  }
};
