import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/** What was seen of a run: the oracle compares what writers were told with what each reader got and what retention left. */
export interface Run {
  /** rows of every acknowledged append */
  readonly acknowledged: readonly StoredEvent[];
  /** what each reader read, in its order */
  readonly readers: readonly (readonly Seen[])[];
  /** positions that retention took */
  readonly compacted: ReadonlySet<number>;
  readonly head: number;
  /** appends that ended in an error that is no outcome */
  readonly failures: readonly string[];
}

export interface Seen {
  readonly position: number;
  readonly eventId: string;
}

/** Everything that is wrong with a run, at most a few of each kind. Empty: none missed, none twice, no hole, in order. */
export const faultsOf = (run: Run): string[] => {
  const faults = run.failures.slice(0, 3).map((failure) => `failed: ${failure}`);
  const byPosition = new Map(run.acknowledged.map((event) => [event.position, event.eventId]));
  if (byPosition.size !== run.acknowledged.length) faults.push('two acknowledged events have one position');
  const holes = range(run.head).filter((position) => !byPosition.has(position));
  if (holes.length > 0) faults.push(`${holes.length} holes, the first at ${holes[0]}`);
  run.readers.forEach((seen, reader) => faults.push(...faultsOfReader(run, { seen, reader, byPosition })));
  return faults;
};

const faultsOfReader = (
  run: Run,
  { seen, reader, byPosition }: { seen: readonly Seen[]; reader: number; byPosition: ReadonlyMap<number, string> },
): string[] => {
  const faults: string[] = [];
  const positions = new Set(seen.map(({ position }) => position));
  if (positions.size !== seen.length) faults.push(`reader ${reader} saw ${seen.length - positions.size} events twice`);
  const back = seen.findIndex(({ position }, index) => index > 0 && position <= seen[index - 1]!.position);
  if (back >= 0) faults.push(`reader ${reader} went back at ${seen[back]!.position}`);
  const foreign = seen.filter(({ position, eventId }) => byPosition.get(position) !== eventId);
  if (foreign.length > 0) faults.push(`reader ${reader} saw ${foreign.length} events that nobody was told of`);
  const missed = run.acknowledged.filter(({ position }) => !positions.has(position) && !run.compacted.has(position));
  if (missed.length > 0) faults.push(`reader ${reader} missed ${missed.length}, the first at ${missed[0]!.position}`);
  return faults;
};

const range = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);
