import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { ClusterPlacement, PlacementDecided } from '@skerry/contract/generated/skerry/v1/placement_pb';
import type { Asked } from './evidence.ts';
import type { Entry } from './ledger.ts';
import type { Facts, RowPromise } from './promise.ts';

interface Decision {
  readonly uid: string;
  readonly now: Entry<PlacementDecided>;
  readonly before: Entry<PlacementDecided> | undefined;
}

const asText = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one));

/** Told and target, by what is stored and by what truly runs. */
export const placementPromises: RowPromise = (facts, row) => {
  if (row.type !== 'PlacementDecided') return;
  const now = facts.ledger.placements.last(row.uid)!;
  const before = facts.ledger.placements.before(row.uid, row.position);
  const decision = { uid: row.uid, now, before };
  if (now.data.withdrawn) return ownersOrder(facts, decision);
  sumIsWanted(facts, decision);
  excessIsNamed(facts, decision);
  isOfLatest(facts, decision);
  tieGoesByHash(facts, decision);
  falls(facts, decision);
};

const ownersOrder = (facts: Facts, { uid, now }: Decision): void => {
  const manifest = facts.ledger.manifests.last(uid)?.data;
  const ordered = manifest?.kind === 'deleted' || manifest?.stored.deleting || manifest?.stored.withdraw;
  if (!ordered) facts.verdicts.broken('P3', `${nameOf(now)} is withdrawn everywhere, and its owner ordered nothing`);
};

/** P4: what is wanted is placed or lacks with a reason. */
const sumIsWanted = ({ verdicts, ledger }: Facts, { uid, now }: Decision): void => {
  const { wanted, hasReplicas, clusters, shortfall, strategy, manifestGeneration } = now.data;
  const manifest = ledger.manifests
    .of(uid)
    .findLast(({ data }) => data.kind === 'stored' && data.stored.generation <= manifestGeneration)?.data;
  const stored = manifest?.kind === 'stored' ? manifest.stored : undefined;
  if (stored && hasReplicas && stored.replicas !== wanted)
    verdicts.broken('P4', `${nameOf(now)} was decided for ${wanted}, its owner wants ${stored.replicas}`);
  // what its policy cannot place stays where it is
  if (ledger.selections.last(uid)?.data.refusal) return;
  for (const { replicas, reason } of shortfall)
    if (replicas > 0 && reason === '')
      verdicts.broken('P10', `${nameOf(now)} lacks ${replicas} and no reason is given`);
  if (strategy === 'Weighted' && hasReplicas && wanted > 0) {
    const placed = sum(clusters.map(({ target }) => Math.max(0, target)));
    const lacking = sum(shortfall.map(({ replicas }) => replicas));
    if (placed + lacking !== wanted)
      verdicts.broken('P4', `${nameOf(now)}: ${placed} placed and ${lacking} lacking are not ${wanted}`);
    return;
  }
  for (const { cluster, target } of clusters) {
    if (target < 0 || !hasReplicas) continue;
    const lacking = sum(shortfall.filter((one) => one.cluster === cluster).map(({ replicas }) => replicas));
    if (target + lacking !== wanted)
      verdicts.broken('P4', `${nameOf(now)} in ${cluster}: ${target} placed and ${lacking} lacking are not ${wanted}`);
  }
};

/** P4: told is above target only while something is named that it waits for. */
const excessIsNamed = ({ verdicts }: Facts, { now }: Decision): void => {
  for (const { cluster, target, told, waitsFor } of now.data.clusters) {
    if (told > Math.max(0, target) && waitsFor === '' && !(target < 0 && told === 0))
      verdicts.broken('P4', `${nameOf(now)} in ${cluster}: told ${told} of ${target}, and it waits for nothing`);
    if (target < 0 && waitsFor === '') verdicts.broken('P4', `${nameOf(now)} in ${cluster} has no target and no wait`);
    if (told < target)
      verdicts.broken('P4', `${nameOf(now)} in ${cluster}: told ${told} is below its target ${target}`);
  }
};

/** P2: whoever decides has skipped nothing and folds nothing twice, so its decisions never go back. */
const isOfLatest = ({ verdicts }: Facts, { now, before }: Decision): void => {
  if (!before) return;
  if (now.data.manifestGeneration < before.data.manifestGeneration)
    verdicts.broken(
      'P2',
      `${nameOf(now)} was decided for generation ${now.data.manifestGeneration} after ${before.data.manifestGeneration}`,
    );
  if (content(now.data) === content(before.data))
    verdicts.broken('P6', `${nameOf(now)} was decided again, and nothing is different`);
};

const content = ({ divisionBasis, wanted, strategy, clusters, shortfall, ...rest }: PlacementDecided): string =>
  asText([
    divisionBasis,
    wanted,
    strategy,
    clusters.map((one) => [one.cluster, one.target, one.told, one.waitsFor !== '']),
    shortfall.map((one) => [one.replicas, one.reason, one.cluster]),
    [rest.withdrawn, rest.ungoverned, rest.adopt],
  ]);

/** P6: of equals the lower FNV-1a-32 of `uid NUL cluster` gets more, as documented; seen where all got at least one. */
const tieGoesByHash = ({ verdicts, ledger }: Facts, { uid, now, before }: Decision): void => {
  const { clusters, strategy, wanted } = now.data;
  const [selection, later] = ledger.selections.of(uid);
  // of several it may have been decided for an earlier one, with other weights
  if (before || later || !selection || strategy !== 'Weighted') return;
  const { fits } = selection.data;
  const isEven = fits.every(({ weight, min, max, mayGrow }) => weight === 1 && min === 0 && max === 0 && mayGrow);
  if (!isEven || wanted < clusters.length || clusters.length < 2) return;
  const hashed = clusters.map((one) => ({ ...one, hash: fnv1a32(`${uid}\0${one.cluster}`) }));
  for (const more of hashed)
    for (const less of hashed)
      if (more.target > less.target && more.hash > less.hash)
        verdicts.broken('P6', `${nameOf(now)}: ${more.cluster} got more than ${less.cluster}, whose turn it was`);
};

const fnv1a32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
};

/** The law: a fall stops where the ready copies elsewhere would no longer make up what is wanted. */
const falls = (facts: Facts, decision: Decision): void => {
  const { now, before } = decision;
  if (!before) return;
  const told = new Map(before.data.clusters.map((one) => [one.cluster, one.told]));
  const next = new Map(now.data.clusters.map((one) => [one.cluster, one]));
  const fallen = [...told.keys()].filter((cluster) => (next.get(cluster)?.told ?? -1) < told.get(cluster)!).sort();
  for (const cluster of fallen) {
    const verdict = facts.ledger.verdicts.last(cluster)?.data.verdict;
    if (verdict === Verdict.LEFT || hasLeft(facts, cluster)) {
      told.delete(cluster);
      continue;
    }
    if (verdict !== Verdict.READY)
      facts.verdicts.broken('law: nothing falls under a verdict', `${nameOf(now)} in ${cluster}, which is not Ready`);
    fell(facts, { ...decision, told, cluster, next: next.get(cluster) });
    const lowered = next.get(cluster);
    if (lowered) told.set(cluster, lowered.told);
    else told.delete(cluster);
  }
};

interface Fall extends Decision {
  /** what is told elsewhere, those that were lowered before this one already so */
  readonly told: ReadonlyMap<string, number>;
  readonly cluster: string;
  readonly next: ClusterPlacement | undefined;
}

const fell = (facts: Facts, fall: Fall): void => {
  const { cluster, now, told, next } = fall;
  const { wanted, strategy, hasReplicas } = now.data;
  const others = [...told.keys()].filter((other) => other !== cluster && !hasLeft(facts, other));
  const divided = strategy === 'Weighted' && hasReplicas && wanted > 0;
  const asked = (other: string): Asked => askedOf(facts, fall, other);
  for (const [what, ready] of [
    ['the law', (other: string) => facts.evidence.stored(asked(other))],
    ['P3', (other: string) => (hasReplicas ? facts.evidence.true(asked(other)) : 1)],
  ] as const) {
    if (divided) {
      const counted = sum(others.map((other) => Math.min(ready(other) ?? 0, told.get(other)!)));
      const stop = Math.min(told.get(cluster)!, wanted - counted);
      if ((next?.told ?? 0) < stop)
        facts.verdicts.broken(
          what === 'P3' ? 'P3' : 'law: a fall stops',
          `${nameOf(now)} fell in ${cluster} from ${told.get(cluster)} to ${next?.told ?? 0}, and by ${what} ` +
            `only ${counted} of ${wanted} are ready elsewhere (${others.map((other) => `${other} ${ready(other) ?? 'no evidence'}`).join(', ')})`,
        );
    } else if (!next) {
      const n = hasReplicas ? wanted : 1;
      const copies = now.data.clusters.filter(({ target }) => target >= 0).length;
      const whole = others.filter((other) => (ready(other) ?? -1) >= n).length;
      if (whole < copies || copies === 0)
        facts.verdicts.broken(
          what === 'P3' ? 'P3' : 'law: a copy leaves',
          `${nameOf(now)} left ${cluster}, and by ${what} only ${whole} of ${copies} copies are ready elsewhere`,
        );
    }
  }
};

const askedOf = (facts: Facts, { uid, before }: Decision, cluster: string): Asked => {
  const lastFall = Number(before!.data.clusters.find((one) => one.cluster === cluster)?.lastFall ?? 0n);
  const fallen = facts.ledger.placements.of(uid).find(({ row }) => row.version === lastFall);
  const soakMs = Number(facts.ledger.selections.last(uid)?.data.soakMs ?? 0n);
  const lastFallMs = fallen?.atMs ?? -Infinity;
  return { cluster, uid, nowMs: facts.nowMs(), soakMs, lastFall, lastFallMs };
};

const hasLeft = ({ ledger }: Facts, cluster: string): boolean => ledger.clusters.last(cluster)?.data.kind === 'deleted';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const nameOf = ({ data, row }: Entry<PlacementDecided>): string =>
  `${data.ref!.kind} ${data.ref!.name} (${row.uid.slice(0, 8)}, placement ${row.version} at ${row.position})`;
