import { byText } from '@skerry/kernel/order';

/**
 * The law of moving without losing. A rise is told at once; a fall stops where the ready replicas elsewhere,
 * counted by evidence, would no longer make up n. It has no time-out: nothing that merely takes long may cost a copy.
 */

/** What one cluster holds and what is known of it. */
export interface Holding {
  readonly cluster: string;
  /** what division wants here; undefined: nothing, the object shall not be here */
  readonly target: number | undefined;
  /** what the last decision told; undefined: nothing is told here */
  readonly told: number | undefined;
  /** smallest min(ready, told) over the whole last soak; undefined: no evidence, counts as 0 */
  readonly counted: number | undefined;
  /** Silent, NotReady or unknown: nothing falls here */
  readonly verdictAgainst: boolean;
  /** after a restore: what the cluster keeps until a person confirms; told is raised to it and nothing falls here */
  readonly held?: number | undefined;
}

export interface Told {
  readonly cluster: string;
  /** undefined: nothing is told here any more */
  readonly told: number | undefined;
  /** what a fall that stopped above the target waits for; empty when it did not stop */
  readonly waitsFor: string;
  /** this decision lowers told here */
  readonly fell: boolean;
}

export type Unit = 'replica' | 'copy';

/** `wanted` = n for replicas; for copies n is the count that each copy shall have. */
export interface Ask {
  readonly unit: Unit;
  readonly wanted: number;
  readonly holdings: readonly Holding[];
}

/** Told for every cluster of `holdings`, in name order. Clusters are lowered one after another, never all at once. */
export const tellLawfully = (ask: Ask): readonly Told[] => {
  const holdings = [...ask.holdings].sort((a, b) => byText(a.cluster, b.cluster));
  return ask.unit === 'replica' ? tellReplicas(ask.wanted, holdings) : tellCopies(ask.wanted, holdings);
};

const tellReplicas = (wanted: number, holdings: readonly Holding[]): readonly Told[] => {
  const counted = holdings.map((held) => Math.min(held.counted ?? 0, held.told ?? 0));
  let sum = counted.reduce((total, count) => total + count, 0);
  return holdings.map((held, index) => {
    const others = sum - counted[index]!;
    const told = tellOne(held, { wanted, others });
    const left = Math.min(counted[index]!, told.told ?? 0);
    sum += left - counted[index]!;
    return told;
  });
};

const tellOne = (held: Holding, { wanted, others }: { wanted: number; others: number }): Told => {
  const { cluster, target, told } = held;
  const goal = target ?? 0;
  if (keeps(held)) return tellKept(held);
  if (told === undefined || goal > told) return { cluster, told: target, waitsFor: '', fell: false };
  if (goal === told && target !== undefined) return { cluster, told, waitsFor: '', fell: false };
  if (held.verdictAgainst) return { cluster, told, waitsFor: `${cluster} to report again`, fell: false };
  const stop = Math.min(told, Math.max(goal, wanted - others));
  if (stop > goal) {
    const waitsFor = `${wanted - others - goal} more ready elsewhere (${others} of ${wanted} counted outside ${cluster})`;
    return { cluster, told: stop, waitsFor, fell: stop < told };
  }
  return { cluster, told: target, waitsFor: '', fell: true };
};

/** After a restore a cluster holds what the hub has forgotten: told follows that before anything is lowered. */
const keeps = ({ held, target }: Holding): boolean => held !== undefined && held > (target ?? -1);

const tellKept = ({ cluster, told, held }: Holding): Told => ({
  cluster,
  told: Math.max(told ?? 0, held!),
  waitsFor: `a person, since the hub came back from a backup: skerry confirm restore ${cluster}`,
  fell: false,
});

/** One copy leaves when the ready copies elsewhere are as many as wanted; a wanted copy follows n at once. */
const tellCopies = (wanted: number, holdings: readonly Holding[]): readonly Told[] => {
  const copies = holdings.filter((held) => held.target !== undefined).length;
  const ready = new Set(holdings.filter((held) => isReadyCopy(held, wanted)).map((held) => held.cluster));
  return holdings.map((held) => {
    const { cluster, target, told } = held;
    if (keeps(held)) return tellKept(held);
    if (told === undefined) return { cluster, told: target, waitsFor: '', fell: false };
    const falls = target === undefined || target < told;
    if (falls && held.verdictAgainst) return { cluster, told, waitsFor: `${cluster} to report again`, fell: false };
    if (target !== undefined) return { cluster, told: target, waitsFor: '', fell: target < told };
    // no cluster is chosen: what runs is kept, whatever is ready
    if (copies === 0) return { cluster, told, waitsFor: 'a cluster that fits', fell: false };
    const elsewhere = ready.size - (ready.has(cluster) ? 1 : 0);
    if (elsewhere < copies) {
      return { cluster, told, waitsFor: `${copies - elsewhere} more ready copies elsewhere`, fell: false };
    }
    ready.delete(cluster);
    return { cluster, told: undefined, waitsFor: '', fell: true };
  });
};

const isReadyCopy = (held: Holding, wanted: number): boolean =>
  held.told !== undefined && held.counted !== undefined && held.counted >= wanted;
