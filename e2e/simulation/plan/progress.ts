import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { Oracle } from '../oracle/oracle.ts';
import type { Order } from '../oracle/orders.ts';
import type { World } from '../world/world.ts';
import type { Users } from './users.ts';

interface Parts {
  readonly world: World;
  readonly oracle: Oracle;
  readonly users: Users;
  /** the cluster that stays cut off */
  readonly cut: string | undefined;
}

export const progressed = async (parts: Parts): Promise<boolean> => (await whatIsLeft(parts)).length === 0;

/** What could have progressed and has not, in sentences. */
export const whatIsLeft = async (parts: Parts): Promise<string[]> => {
  const { oracle } = parts;
  const { present, open } = oracle.orders;
  const left: string[] = [];
  const lag = await oracle.probe.lag();
  if (lag !== 0) left.push(`P2: a consumer is ${lag ?? 'starting and'} behind: ${String(oracle.probe.failure)}`);
  for (const order of present.values()) if (!open.has(order.name)) left.push(...ofOrder(parts, order));
  for (const cluster of parts.users.clusters) if (cluster !== parts.cut) left.push(...leftovers(parts, cluster));
  return left;
};

const ofOrder = (parts: Parts, order: Order): string[] => {
  const { ledger } = parts.oracle;
  const { uid, name, kind, replicas, deleted } = order;
  const who = `${kind} ${name} (${uid.slice(0, 8)})`;
  const placement = ledger.placements.last(uid)?.data;
  const selection = ledger.selections.last(uid)?.data;
  if (deleted) return placement === undefined || placement.withdrawn ? [] : [`${who} was deleted and is placed`];
  if (!placement) return selection && selection.fits.length > 0 ? [`${who} is not placed`] : [];
  if (kind !== 'ConfigMap' && placement.wanted !== replicas)
    return [`${who} is placed for ${placement.wanted}, its owner wants ${replicas}`];
  const left: string[] = [];
  for (const { cluster, told, target, waitsFor } of placement.clusters) {
    if (cluster === parts.cut) continue;
    // a copy that is wanted in a cluster that nobody hears, or under a name that something unknown holds, cannot be counted, and others wait for it
    const isHeldUp =
      // nothing fits, or only what was cut off before it ever said what it has
      selection?.fits.every((fit) => fit.cluster === parts.cut) ||
      isRefused(parts, uid) ||
      placement.clusters.some((one) => one.cluster === parts.cut || isBlocked(parts, { uid, cluster: one.cluster }));
    if (!isHeldUp && (waitsFor !== '' || told !== target))
      left.push(`${who} in ${cluster} is told ${told} of ${target}, waits for ${waitsFor}`);
    left.push(...inMember(parts, { order, cluster, told }));
  }
  return left;
};

/** Its policy cannot place it at all: it stays as it is, says so, and follows n again when the policy is mended. */
const isRefused = ({ oracle: { ledger } }: Parts, uid: string): boolean => {
  const refusal = ledger.selections.last(uid)?.data.refusal ?? '';
  return refusal !== '' && ledger.placements.last(uid)!.data.shortfall.some(({ reason }) => reason === refusal);
};

/** What the hub does not know holds the name there, and waits for a person. */
const isBlocked = ({ oracle }: Pick<Parts, 'oracle'>, { uid, cluster }: { uid: string; cluster: string }): boolean =>
  oracle.ledger.observed.last(`${cluster}/${uid}`)?.data.state === ObservedState.NOT_OURS;

/** What runs is what was told. */
const inMember = (
  { oracle, users }: Parts,
  { order, cluster, told }: { order: Order; cluster: string; told: number },
): string[] => {
  if (!users.clusters.includes(cluster)) return [];
  const { uid, name, kind, image } = order;
  const who = `${kind} ${name} (${uid.slice(0, 8)}) in ${cluster}`;
  const [living] = oracle.running(cluster).objects.get(uid)?.values() ?? [];
  if (!living) return isBlocked({ oracle }, { uid, cluster }) ? [] : [`${who} is not there`];
  const object = living.object as { data?: { image: string }; spec?: any };
  const runs = object.data?.image ?? object.spec.template.spec.containers[0].image;
  if (runs !== image) return [`${who} has the image ${runs}, its owner wants ${image}`];
  if (kind === 'ConfigMap') return [];
  const ready = oracle.running(cluster).readyOf(uid);
  return object.spec.replicas === told && ready === told
    ? []
    : [`${who} runs ${ready} of ${object.spec.replicas}, told ${told}`];
};

/** Nothing of ours is left where it is not wanted; what came back with a backup or with its cluster waits for a person. */
const leftovers = ({ oracle, users }: Parts, cluster: string): string[] => {
  const { ledger, orders } = oracle;
  if (users.membership.everLeft.has(cluster)) return [];
  if (orders.membersRestoredMs.has(cluster) || orders.restoredMs !== undefined) return [];
  const left: string[] = [];
  for (const [uid, living] of oracle.running(cluster).objects) {
    const order = ledger.desired.last(`${cluster}/${uid}`)?.data;
    const { object } = [...living.values()][0]!;
    // too many withdrawals at once wait for a person
    const isGuarded = ledger.observed.last(`${cluster}/${uid}`)?.data.reason === 'Held';
    if (order?.kind !== 'desired' && object.kind !== 'Namespace' && !isGuarded)
      left.push(`${object.kind} ${object.metadata.name} (${uid.slice(0, 8)}) is left in ${cluster}: ${order?.kind}`);
  }
  return left;
};
