import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../simulation/world/random.ts';
import { holderAmong } from '../support/attacked-fleet.ts';
import type { FleetMember, SeparateFleet } from '../support/separate-fleet.ts';
import { COPIED, DIVIDED, NUMBER } from './changes.ts';

/** What faults happen to. */
export interface Site {
  readonly fleet: SeparateFleet;
  readonly clusters: readonly string[];
  readonly random: Random;
  /** false: its memory is watched, so nothing ends it */
  readonly mayEnd: (process: FleetMember) => boolean;
  /** processes that a fault has ended and will start again */
  readonly ended: Set<FleetMember>;
}

/** Does it, mends it, and answers what was done. Throws when what it ended does not get ready again. */
export type Fault = (site: Site) => Promise<string>;

const STOPPED_MS = 10_000;
const LEADING = ['relay', 'clusters', 'replicas', 'rollout'];

const between = (random: Random, fromMs: number, toMs: number): Promise<unknown> =>
  pause(random.whole(fromMs, toMs), undefined);

const killOne: Fault = async ({ fleet, random, mayEnd, ended }) => {
  const one = random.pick(fleet.processes.filter(mayEnd));
  ended.add(one);
  await one.kill();
  await between(random, 500, 8_000);
  one.start();
  await one.ready();
  ended.delete(one);
  return one.name;
};

const stopLeader: Fault = async ({ fleet, random, clusters }) => {
  const service = random.pick([...LEADING, ...clusters.map((cluster) => `syncer-${cluster}`)]);
  const one = await holderAmong(fleet.processes.filter(({ name }) => name.startsWith(service)));
  one.signal('SIGSTOP');
  await pause(STOPPED_MS);
  one.signal('SIGCONT');
  return one.name;
};

const killNats: Fault = async ({ fleet, random }) => {
  await fleet.nats.kill();
  const isEmptied = random.chance(0.5);
  if (isEmptied) fleet.nats.deleteStorage();
  await between(random, 0, 5_000);
  await fleet.nats.restart();
  return isEmptied ? 'its storage deleted' : 'its storage kept';
};

const killPostgres: Fault = async ({ fleet, random }) => {
  await fleet.postgres.kill();
  await between(random, 0, 5_000);
  await fleet.postgres.restart();
  return 'killed and started again';
};

const memberAway: Fault = async ({ fleet, random, clusters }) => {
  const cluster = random.pick(clusters);
  const back = fleet.member(cluster).sim.faults.takeApiDown();
  await pause(STOPPED_MS);
  back();
  return cluster;
};

const user = { name: 'somebody', groups: ['system:masters'] };

const drift: Fault = async ({ fleet, random, clusters }) => {
  const cluster = random.pick(clusters);
  const isDivided = random.chance(0.5);
  const list = isDivided
    ? `/apis/apps/v1/namespaces/${DIVIDED}/deployments`
    : `/api/v1/namespaces/${COPIED}/configmaps`;
  const items: any[] = (await fleet.member(cluster).get(list))?.items ?? [];
  const found = items.filter((one) => one.metadata.annotations?.[NUMBER] !== undefined);
  if (found.length === 0) return `${cluster} holds nothing yet`;
  const { name } = random.pick(found).metadata;
  const isDeleted = random.chance(0.3);
  const edit = { metadata: { annotations: { [NUMBER]: '-1' } }, ...(isDivided && { spec: { replicas: 7 } }) };
  const { status } = await fleet.member(cluster).sim.handle({
    method: isDeleted ? 'DELETE' : 'PATCH',
    path: `${list}/${name}`,
    headers: { 'content-type': 'application/merge-patch+json', 'user-agent': 'somebody' },
    user,
    ...(isDeleted ? {} : { body: JSON.stringify(edit) }),
  });
  return `${name} in ${cluster} ${isDeleted ? 'deleted' : 'edited'}: ${status}`;
};

const rollingRestart: Fault = async ({ fleet, random, mayEnd, ended }) => {
  const service = random.pick([...new Set(fleet.processes.map(({ process }) => process.name))]);
  const instances = fleet.of(service).filter(mayEnd);
  for (const one of instances) {
    ended.add(one);
    const code = await one.stop();
    one.start();
    await one.ready();
    ended.delete(one);
    if (code !== 0) throw new Error(`${one.name} ended with ${code} when it was asked to stop`);
  }
  return instances.map(({ name }) => name).join(', ');
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  'a process killed': killOne,
  'a leader stopped for 10 s': stopLeader,
  'NATS killed': killNats,
  'PostgreSQL killed': killPostgres,
  "a member's API away for 10 s": memberAway,
  'written by somebody else in a member': drift,
  'a service restarted, one instance after another': rollingRestart,
};

/** Names of faults for ever: each of them once in every round, in an order that the seed chooses. */
export function* drawFaults(random: Random): Generator<string, never> {
  for (;;) {
    const round = Object.keys(FAULTS);
    while (round.length > 0) yield round.splice(random.whole(0, round.length - 1), 1)[0]!;
  }
}
