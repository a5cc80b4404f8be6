import { join } from 'node:path';
import { startNats } from '@skerry/local/nats';
import { startPostgres } from '@skerry/local/postgres';
import { HubApi } from '@skerry/all-in-one/api/hub-api';
import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { startApart } from './apart/apart.ts';
import { applyMany, changeCalmly, decidesAgain, openSea, untilHeld, untilQuiet } from './many-objects.ts';
import { pssMib } from '@skerry/local/pss';

const CLUSTERS = 10;
/** Longer than a look of every syncer at every object takes after a start. */
const LOOK_MS = 15_000;

/** A tenth of what the budget says, which is about a hub that has long run. */
const CALM_SECONDS = 60;

export interface RestartFigures {
  /** from the start of the new process until a new object is decided */
  readonly seconds: number;
  /** requests that were to change something in a member, from the end of the old process on, the new object's left out */
  readonly memberWrites: number;
  readonly memoryMib: number;
  readonly appliedPerSecond: number;
}

/** The hub (services and syncers) in a process of its own, with so many objects in ten clusters, is ended and started anew. */
export const measureRestart = async (dir: string, { count }: { count: number }): Promise<RestartFigures> => {
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  const nats = await startNats({ dir: join(dir, 'nats') });
  const place = { dir: join(dir, 'state'), databaseUrl: postgres.url, nats: { url: nats.url, users: nats.users } };
  const sea = await openSea(place, CLUSTERS);
  let { hub } = sea;
  try {
    const startMs = performance.now();
    await applyMany(sea, { count, clusters: CLUSTERS });
    const appliedPerSecond = count / ((performance.now() - startMs) / 1_000);
    await untilQuiet(sea.api);
    await changeCalmly(sea, { perSecond: 5, seconds: CALM_SECONDS });
    const memoryMib = pssMib(hub.pid);
    await untilQuiet(sea.api);
    const { kubeconfigPath } = hub.started;
    await hub.stop();
    sea.api.close();
    const { writes: before } = await sea.members.ask('writes');
    const { count: held } = await sea.members.ask('configMaps');
    const againMs = performance.now();
    hub = await startApart('hub', place);
    const api = new HubApi(readHubAccess(kubeconfigPath));
    await decidesAgain({ ...sea, api, hub });
    const seconds = (performance.now() - againMs) / 1_000;
    await untilHeld(sea.members, held + 1);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const { writes } = await sea.members.ask('writes');
    api.close();
    return { seconds, memberWrites: writes - before - 1, memoryMib, appliedPerSecond };
  } finally {
    await hub.stop();
    await sea.members.stop();
    await nats.stop();
    await postgres.discard();
  }
};
