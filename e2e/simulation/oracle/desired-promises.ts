import { WithdrawalCause } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Desired, Entry } from './ledger.ts';
import type { Facts, RowPromise } from './promise.ts';

/** A member that was set back may hold again what was confirmed gone before. */
const RESTORED_GRACE_MS = 60_000;

/** What clusters are told, against what was decided and what truly runs. */
export const desiredPromises: RowPromise = (facts, row) => {
  const place = `${row.cluster}/${row.uid}`;
  if (!['ObjectDesired', 'ObjectWithdrawn', 'WithdrawalEnded'].includes(row.type)) return;
  const { data } = facts.ledger.desired.last(place)!;
  const before = facts.ledger.desired.before(place, row.position);
  if (data.kind === 'desired') told(facts, { row, data, before });
  else if (data.kind === 'withdrawn') withdrawn(facts, { row, data });
  else ended(facts, { row, data, before });
};

interface Seen<Kind extends Desired['kind']> {
  readonly row: StoredEvent;
  readonly data: Extract<Desired, { kind: Kind }>;
  readonly before?: Entry<Desired> | undefined;
}

const told = ({ verdicts, ledger }: Facts, { row, data: { desired }, before }: Seen<'desired'>): void => {
  const { ref, placementVersion, manifestGeneration, hasReplicas } = desired;
  if (ref!.kind === 'Namespace') return;
  const name = `${ref!.kind} ${ref!.name} in ${row.cluster}`;
  const placement = ledger.placements.of(row.uid).find((one) => one.row.version === Number(placementVersion));
  const placed = placement?.data.clusters.find(({ cluster }) => cluster === row.cluster);
  if (placed?.told !== desired.told)
    verdicts.broken('P4', `${name} is told ${desired.told}, its placement ${placementVersion} says ${placed?.told}`);
  if (placed && placed.lastFall !== desired.lastFall)
    verdicts.broken(
      'law: what counts as a report',
      `${name} is told of fall ${desired.lastFall}, not ${placed.lastFall}`,
    );
  const last = before?.data.kind === 'desired' ? before.data.desired : undefined;
  if (last && last.placementVersion > placementVersion)
    verdicts.broken('P2', `${name} is told placement ${placementVersion} after ${last.placementVersion}`);
  if (last && last.manifestGeneration > manifestGeneration)
    verdicts.broken('P2', `${name} is told generation ${manifestGeneration} after ${last.manifestGeneration}`);
  const manifest = ledger.manifests
    .of(row.uid)
    .find((one) => one.data.kind === 'stored' && one.data.stored.generation === manifestGeneration)?.data;
  const wanted = manifest?.kind === 'stored' ? manifest.stored.replicas : undefined;
  if (hasReplicas && wanted !== undefined && placement && placement.data.wanted !== wanted)
    verdicts.broken(
      'law: basis',
      `${name}: generation ${manifestGeneration} wants ${wanted}, it was rendered on a division of ${placement.data.wanted}`,
    );
};

const withdrawn = ({ verdicts, ledger }: Facts, { row, data: { withdrawn: order } }: Seen<'withdrawn'>): void => {
  const { ref, cause, causingEvent } = order;
  if (ref!.kind === 'Namespace') return;
  const name = `${ref!.kind} ${ref!.name} in ${row.cluster}`;
  const manifest = ledger.manifests.last(row.uid)?.data;
  const byOwner = manifest?.kind === 'deleted' || manifest?.stored.withdraw === true;
  if (cause === WithdrawalCause.UNSPECIFIED || causingEvent === '')
    verdicts.broken('P10', `${name} is withdrawn without a cause`);
  // it names the decision that it was made on; a later one may tell it there again by now
  const decided = ledger.placements.of(row.uid).find((one) => `placement ${one.row.version}` === causingEvent);
  const placed = decided?.data.clusters.some(({ cluster }) => cluster === row.cluster);
  // or its owner may have ordered it since: what is on its way then is right for what it names
  const wasRight = byOwner && placed === false;
  if ((cause === WithdrawalCause.OWNER) !== byOwner && !wasRight)
    verdicts.broken(
      'P10',
      `${name} is withdrawn by ${WithdrawalCause[cause]}, its owner ${byOwner ? 'did' : 'did not'} order it`,
    );
  if (placed && !byOwner) verdicts.broken('P3', `${name} is withdrawn although ${causingEvent} tells it there`);
  if (!decided && !byOwner) verdicts.broken('P10', `${name} is withdrawn by ${causingEvent}, which was never decided`);
};

/** A withdrawal stays until the cluster confirms. */
const ended = (facts: Facts, { row, data: { ended: end }, before }: Seen<'ended'>): void => {
  const { verdicts, orders } = facts;
  const name = `${end.ref!.kind} ${end.ref!.name} in ${row.cluster}`;
  if (end.how === '') verdicts.broken('P10', `the withdrawal of ${name} ended, and it is not said how`);
  if (end.how !== 'confirmed gone') return;
  if (before?.data.kind !== 'withdrawn') return verdicts.broken('P3', `${name} was not withdrawn, and that ended`);
  const restoredMs = orders.membersRestoredMs.get(row.cluster) ?? -Infinity;
  if (facts.nowMs() - restoredMs < RESTORED_GRACE_MS) return;
  const living = facts.running(row.cluster).objects.get(row.uid);
  if ([...(living?.keys() ?? [])].some((key) => key.startsWith(`${end.ref!.kind}/`)))
    verdicts.broken('law: a withdrawal stays', `the withdrawal of ${name} ended as confirmed, and it lives`);
};
