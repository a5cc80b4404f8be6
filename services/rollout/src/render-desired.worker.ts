import { WithdrawalCause } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { ClusterPlacement } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { causeOf, desiredStream } from '@skerry/domain/desired/desired';
import { divisionBasisText } from '@skerry/engines/division/basis';
import { canonicalJson } from '@skerry/kernel/canonical';
import { TerminalFailure } from '@skerry/kernel/errors';
import { byText } from '@skerry/kernel/order';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { type ExpectedVersion, MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import { type Decided, type Outgoing, outgoing } from '@skerry/runtime/append/appender';
import { commandIdOf, hashOf } from '@skerry/runtime/hash';
import { type DesiredKnown, isNamespace, type Rendering, type RolloutState, type Told } from './rollout-state.ts';
import { planRender, type Rendered, renderObject, type RenderPlan } from './render-object.ts';

export const ROLLOUT = 'rollout';

export interface RenderContext {
  readonly state: RolloutState;
  readonly blobs: Blobs;
}

/** What one cluster shall be told: how many, under which placement version. */
interface Wanted {
  readonly cluster: string;
  readonly told: number;
  readonly lastFall: number;
  /** false: only because something in the namespace is there */
  readonly placed: boolean;
}

interface Change {
  readonly cluster: string;
  readonly event: Outgoing;
  readonly version: number;
}

/**
 * Brings every cluster's desired stream of one object to what its placement says. What one cluster cannot be told holds up
 * no other: it is left for the next look, which the events of the others bring about and which then fails on it alone.
 */
export const renderDesired = async (context: RenderContext, uid: string): Promise<Decided | undefined> => {
  const known = context.state.known(uid);
  if (!known) return undefined;
  // as it is now: what is folded while a body is fetched must not mix its version with the counts of before
  const object = { ...known, desired: new Map(known.desired), gone: new Map(known.gone) };
  const wanted = wantedClusters(context.state, object);
  const changes: Change[] = [];
  for (const [cluster, known] of [...object.desired].sort(([a], [b]) => byText(a, b))) {
    if (!wanted.has(cluster)) changes.push(...leave(context.state, { object, cluster, known }));
  }
  const once = renderedOnce();
  const failures: TerminalFailure[] = [];
  for (const want of mayRender(object) ? wanted.values() : []) {
    try {
      changes.push(...(await tell({ ...context, once }, { object, want })));
    } catch (error) {
      if (!(error instanceof TerminalFailure)) throw error;
      failures.push(error);
    }
  }
  const fitting = changes.filter(({ event }) => event.data.byteLength <= MAX_EVENT_BYTES);
  if (fitting.length > 0) return toDecided(uid, fitting);
  if (failures.length > 0) throw failures[0];
  return changes.length === 0 ? undefined : toDecided(uid, changes);
};

/** Placed clusters; a namespace is also wanted wherever something in it is. */
const wantedClusters = (state: RolloutState, object: Rendering): Map<string, Wanted> => {
  const { facts, placement } = object;
  if (facts!.deleted) return new Map();
  const placed = (placement?.clusters ?? []).map((one): [string, Wanted] => [one.cluster, toWanted(one)]);
  if (!isNamespace(facts!.ref)) return new Map(placed);
  const needed = state.namespaces
    .clustersOf(facts!.ref.name)
    .map((cluster): [string, Wanted] => [cluster, { cluster, told: 1, lastFall: 0, placed: false }]);
  return new Map([...needed, ...placed]);
};

const toWanted = ({ cluster, told, lastFall }: ClusterPlacement): Wanted => ({
  cluster,
  told,
  lastFall: Number(lastFall),
  placed: true,
});

/**
 * The placement version that is told; for a namespace that nobody placed there a number that was never told in this stream:
 * when it is emptied, filled and emptied again at once, that it is gone must differ from that it was gone before. Neither
 * version ever falls and that of the stream moves with every event, so their sum is such a number.
 */
const versionOf = (object: Rendering, { want, known }: { want: Wanted; known: DesiredKnown | undefined }): number =>
  want.placed ? object.placementVersion : object.placementVersion + (known?.version ?? 0) + 1;

/** Of a placed object every withdrawal comes with a placement of its own; a namespace goes also without one. */
const withdrawnVersion = (
  { facts, placementVersion }: Rendering,
  { version, desired, withdrawn }: DesiredKnown,
): number =>
  desired && isNamespace(facts!.ref)
    ? placementVersion + version + 1
    : Math.max(placementVersion, Number((desired ?? withdrawn)!.placementVersion));

/** A generation is rendered only when the placement was decided on it; until then the last rendered stays. */
const mayRender = (object: Rendering): boolean => {
  const { facts, selection, placement } = object;
  if (facts!.deleted) return false;
  if (!placement) return isNamespace(facts!.ref);
  return placement.divisionBasis === hashOf(divisionBasisText({ facts: facts!, selection }));
};

type Once = (plan: RenderPlan, make: () => Promise<Rendered>) => Promise<Rendered>;

/** Clusters that get the same count by the same overrides share one rendering. */
const renderedOnce = (): Once => {
  const made = new Map<string, Promise<Rendered>>();
  return (plan, make) => {
    const key = `${plan.basis}/${plan.told}`;
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
};

const tell = async (
  context: RenderContext & { readonly once: Once },
  { object, want }: { object: Rendering; want: Wanted },
): Promise<Change[]> => {
  const known = object.desired.get(want.cluster);
  const plan = planRender(context.state, { object, place: want });
  const toldAlready = known?.desired !== undefined && isTold(known.desired, { want, object });
  if (toldAlready && known.desired!.basis === plan.basis) return [];
  const rendered = await context.once(plan, () => renderObject(context.blobs, { object, plan }));
  if (toldAlready && known.desired!.hash === rendered.hash && isRefusedAlready(known.desired!, plan.refused)) return [];
  const { ref, hasReplicas, generation } = object.facts!;
  const event = outgoing('ObjectDesired', {
    ...placeOf(object, want.cluster),
    data: {
      ref,
      cluster: want.cluster,
      placementVersion: BigInt(versionOf(object, { want, known })),
      revision: rendered.hash,
      body: rendered.body,
      told: want.told,
      hasReplicas,
      adopt: object.selection?.adopt ?? false,
      hash: rendered.hash,
      basis: rendered.basis,
      manifestGeneration: BigInt(generation),
      lastFall: BigInt(want.lastFall),
      refusedOverrides: [...plan.refused],
    },
  });
  return [{ cluster: want.cluster, event, version: known?.version ?? 0 }];
};

/** Also a fall that left no trace in the body is told, so that reports can name it. */
const isTold = (desired: Told, { want, object }: { want: Wanted; object: Rendering }): boolean =>
  desired.told === want.told &&
  desired.adopt === (object.selection?.adopt ?? false) &&
  Number(desired.placementVersion) >= want.lastFall;

/** What an override cannot do is shown at the object, so it is said also when the cluster gets the same bytes. */
const isRefusedAlready = ({ refusedOverrides }: Told, refused: readonly string[]): boolean =>
  canonicalJson(refusedOverrides) === canonicalJson(refused);

const leave = (
  state: RolloutState,
  { object, cluster, known }: { object: Rendering; cluster: string; known: DesiredKnown },
): Change[] => {
  if (!known.desired && !known.withdrawn) return [];
  // What runs in a cluster that is no member any more goes on running: told to remove it, a syncer that still runs would.
  if (!state.clusters.has(cluster)) return [end(object, { cluster, known, how: 'the cluster left' })];
  if (known.desired) return [withdraw(object, { cluster, known })];
  // an owner's order overtakes a move: it waits for no guard and for no restore
  if (isOwners(object) && known.withdrawn!.cause !== WithdrawalCause.OWNER)
    return [withdraw(object, { cluster, known })];
  const confirmed = (object.gone.get(cluster) ?? -1) >= Number(known.withdrawn!.placementVersion);
  return confirmed ? [end(object, { cluster, known, how: 'confirmed gone' })] : [];
};

const end = (
  object: Rendering,
  { cluster, known, how }: { cluster: string; known: DesiredKnown; how: string },
): Change => {
  const data = { ref: (known.desired ?? known.withdrawn)!.ref!, cluster, how };
  return { cluster, event: outgoing('WithdrawalEnded', { ...placeOf(object, cluster), data }), version: known.version };
};

const isOwners = ({ facts }: Rendering): boolean => facts!.deleted || facts!.withdraw;

const withdraw = (object: Rendering, { cluster, known }: { cluster: string; known: DesiredKnown }): Change => {
  const { facts, placement, placementVersion } = object;
  const last = (known.desired ?? known.withdrawn)!;
  const recorded = placement?.removed.find((one) => one.cluster === cluster)?.cause;
  const data = {
    ref: last.ref!,
    cluster,
    cause: isOwners(object) ? WithdrawalCause.OWNER : causeOf(recorded ?? 'move'),
    causingEvent: `placement ${placementVersion}`,
    placementVersion: BigInt(withdrawnVersion(object, known)),
    propagation: facts!.propagation,
  };
  return { cluster, event: outgoing('ObjectWithdrawn', { ...placeOf(object, cluster), data }), version: known.version };
};

const placeOf = ({ facts }: Rendering, cluster: string) => ({
  stream: desiredStream(cluster, facts!.ref.uid),
  partition: cluster,
  namespace: facts!.ref.namespace,
  uid: facts!.ref.uid,
  cluster,
});

const toDecided = (uid: string, changes: readonly Change[]): Decided => {
  const expected: ExpectedVersion[] = changes.map(({ event, version }) => ({ stream: event.stream, version }));
  const basis = hashOf(canonicalJson(changes.map(({ event, version }) => [event.stream, event.type, version])));
  return {
    commandId: commandIdOf({ owner: ROLLOUT, key: uid, basis, version: 0 }),
    events: changes.map(({ event }) => event),
    expected,
  };
};
