import { create } from '@skerry/contract/message';
import { type PlacementDecided, PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { accept, type Decider, type Decision } from '@skerry/kernel/decider';
import { byText } from '@skerry/kernel/order';
import { tellLawfully, type Told, type Unit } from './law.ts';

/** Category `placement`: how many each cluster is told, and why. The stream version is the placement version. */
export const PLACEMENT = 'placement';

export const placementStream = (uid: string): string => `${PLACEMENT}-${uid}`;

export interface PlacementEvent {
  readonly type: 'PlacementDecided';
  readonly data: PlacementDecided;
  /** version of the event in its stream: state is built from the last event alone, so it cannot be counted */
  readonly version: number;
}

export interface ClusterTold {
  readonly target: number | undefined;
  readonly told: number;
  /** placement version of the last fall here */
  readonly lastFall: number;
  readonly waitsFor: string;
}

export interface PlacementState {
  /** placement version; 0: nothing decided yet */
  readonly version: number;
  readonly decided: PlacementDecided | undefined;
  readonly clusters: ReadonlyMap<string, ClusterTold>;
}

export interface Known {
  readonly counted: number | undefined;
  readonly verdictAgainst: boolean;
  /** the cluster is no member any more: nothing is told there, and what it held counts for nothing */
  readonly left?: boolean;
  /** replicas that a cluster keeps after a restore, until a person confirms; absent: nothing is kept */
  readonly held?: number;
}

/** What the engine computed and what is known; the law is applied here, so that no engine can tell past it. */
export interface DecidePlacement {
  readonly ref: ObjectRef;
  readonly unit: Unit;
  readonly wanted: number;
  readonly hasReplicas: boolean;
  readonly strategy: string;
  /** clusters that division wants it in, with the count */
  readonly targets: ReadonlyMap<string, number>;
  readonly known: ReadonlyMap<string, Known>;
  readonly shortfall: readonly { replicas: number; reason: string; cluster: string }[];
  readonly divisionBasis: string;
  readonly decisionBasis: string;
  readonly manifestGeneration: number;
  readonly weightsHash: string;
  /** clusters that the policy selects now: one that is dropped and is not among them leaves by policy, not by a move */
  readonly selected: ReadonlySet<string>;
  readonly adopt: boolean;
  readonly ungoverned: boolean;
  /** owner's delete or order: told is nothing everywhere, at once */
  readonly withdrawn: boolean;
  readonly engine: string;
}

const initialState: PlacementState = { version: 0, decided: undefined, clusters: new Map() };

const evolve = (_state: PlacementState, event: PlacementEvent): PlacementState => ({
  version: event.version,
  decided: event.data,
  clusters: new Map(
    event.data.clusters.map((placed) => [
      placed.cluster,
      {
        target: placed.target < 0 ? undefined : placed.target,
        told: placed.told,
        lastFall: Number(placed.lastFall),
        waitsFor: placed.waitsFor,
      },
    ]),
  ),
});

/** Told for every cluster that the decision or the last one knows. */
const tell = (state: PlacementState, command: DecidePlacement): readonly Told[] => {
  const keeping = [...command.known].filter(([, known]) => known.held !== undefined).map(([cluster]) => cluster);
  const names = new Set([...state.clusters.keys(), ...command.targets.keys(), ...keeping]);
  if (command.withdrawn) {
    return [...names].sort(byText).map((cluster) => ({ cluster, told: undefined, waitsFor: '', fell: true }));
  }
  const left = [...names].filter((cluster) => command.known.get(cluster)?.left);
  const members = [...names].filter((cluster) => !command.known.get(cluster)?.left);
  const lawful = tellLawfully({
    unit: command.unit,
    wanted: command.wanted,
    holdings: members.map((cluster) => ({
      cluster,
      target: command.targets.get(cluster),
      told: state.clusters.get(cluster)?.told,
      counted: command.known.get(cluster)?.counted,
      verdictAgainst: command.known.get(cluster)?.verdictAgainst ?? true,
      held: command.known.get(cluster)?.held,
    })),
  });
  return [...lawful, ...left.map((cluster) => ({ cluster, told: undefined, waitsFor: '', fell: true }))];
};

const toEvent = (state: PlacementState, command: DecidePlacement): PlacementEvent => {
  const version = state.version + 1;
  const told = tell(state, command);
  const clusters = told
    .filter((one) => one.told !== undefined)
    .map((one) => ({
      cluster: one.cluster,
      // a cluster that only holds what it still has to hold has no target of its own
      target: command.targets.get(one.cluster) ?? -1,
      told: one.told!,
      // a cluster that is told anew may have fallen to nothing before: reports of then must not count
      lastFall: BigInt(one.fell ? version : (state.clusters.get(one.cluster)?.lastFall ?? firstTold(state))),
      waitsFor: one.waitsFor,
      counted: command.known.get(one.cluster)?.counted ?? 0,
    }));
  const removed = told
    .filter((one) => one.told === undefined && state.clusters.has(one.cluster))
    .map((one) => ({ cluster: one.cluster, cause: causeFor(command, one.cluster) }));
  const data = create(PlacementDecidedSchema, {
    ref: command.ref,
    divisionBasis: command.divisionBasis,
    decisionBasis: command.decisionBasis,
    wanted: command.wanted,
    hasReplicas: command.hasReplicas,
    strategy: command.strategy,
    clusters,
    shortfall: [...command.shortfall],
    removed,
    manifestGeneration: BigInt(command.manifestGeneration),
    adopt: command.adopt,
    withdrawn: command.withdrawn,
    ungoverned: command.ungoverned,
    engine: command.engine,
    weightsHash: command.weightsHash,
  });
  return { type: 'PlacementDecided', data, version };
};

/** Seen from what is so now, not from what changed last: a fall may wait long after the edit that asked for it. */
const causeFor = ({ withdrawn, selected, known }: DecidePlacement, cluster: string): string => {
  if (withdrawn) return 'owner';
  return selected.has(cluster) || known.get(cluster)?.left ? 'move' : 'policy';
};

/** No report names a version below this one; 0 at the very first decision, when none can be old. */
const firstTold = (state: PlacementState): number => (state.version === 0 ? 0 : state.version + 1);

/** What a reader of the decision would act on or show; counted alone is no news. */
const content = (decided: PlacementDecided | undefined): string =>
  decided === undefined
    ? ''
    : JSON.stringify([
        decided.divisionBasis,
        decided.wanted,
        decided.strategy,
        // how far a wait has come is not news; that it waits is
        decided.clusters.map((one) => [one.cluster, one.target, one.told, one.waitsFor !== '']),
        decided.shortfall.map((one) => [one.replicas, one.reason, one.cluster]),
        decided.withdrawn,
        decided.ungoverned,
        decided.adopt,
      ]);

const decide = (state: PlacementState, command: DecidePlacement): Decision<PlacementEvent> => {
  const nothingYet = state.version === 0 && command.targets.size === 0;
  if (nothingYet && (command.withdrawn || command.shortfall.length === 0)) return accept();
  const event = toEvent(state, command);
  return content(event.data) === content(state.decided) ? accept() : accept(event);
};

export const placement: Decider<PlacementState, DecidePlacement, PlacementEvent> = {
  category: PLACEMENT,
  initialState,
  evolve,
  decide,
};
