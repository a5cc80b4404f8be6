import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/**
 * What was seen of a run: the oracle compares what writers were told with what each reader got, what retention left and
 * what the store remembers of streams and commands.
 */
export interface Run {
  /** rows of every acknowledged append */
  readonly appends: readonly (readonly StoredEvent[])[];
  /** what each reader read, in its order */
  readonly readers: readonly (readonly Seen[])[];
  /** positions that retention took */
  readonly compacted: ReadonlySet<number>;
  readonly head: number;
  readonly streams: readonly StreamRow[];
  readonly keys: readonly KeyRow[];
  /** appends that ended in an error that is no outcome */
  readonly failures: readonly string[];
}

export interface Seen {
  readonly position: number;
  readonly eventId: string;
}

/** What decides the next append: a row of `streams`. */
export interface StreamRow {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

/** What finds a repeated command: a row of `append_keys`. */
export interface KeyRow {
  readonly eventId: string;
  readonly position: number;
  /** events of the append from this one on */
  readonly span: number;
}

/** Everything that is wrong with a run, at most a few of each kind. Empty: none missed, none twice, no hole, in order. */
export const faultsOf = (run: Run): string[] => {
  const faults = run.failures.slice(0, 3).map((failure) => `failed: ${failure}`);
  const acknowledged = run.appends.flat();
  const byPosition = new Map(acknowledged.map((event) => [event.position, event.eventId]));
  if (byPosition.size !== acknowledged.length) faults.push('two acknowledged events have one position');
  const holes = range(run.head).filter((position) => !byPosition.has(position));
  if (holes.length > 0) faults.push(`${holes.length} holes, the first at ${holes[0]}`);
  run.readers.forEach((seen, reader) => faults.push(...faultsOfReader(run, { seen, reader, byPosition })));
  return [...faults, ...faultsOfStreams(run.streams, acknowledged), ...faultsOfKeys(run)];
};

/** Versions of a stream are 1, 2, 3, … in the order of positions, and `streams` knows the last of each. */
const faultsOfStreams = (streams: readonly StreamRow[], acknowledged: readonly StoredEvent[]): string[] => {
  const faults: string[] = [];
  const last = new Map<string, { version: number; position: number }>();
  for (const { stream, version, position } of [...acknowledged].sort((a, b) => a.position - b.position)) {
    const expected = (last.get(stream)?.version ?? 0) + 1;
    if (version !== expected) faults.push(`stream ${stream} goes on with version ${version} instead of ${expected}`);
    last.set(stream, { version: expected, position });
  }
  const wrong = streams.filter(({ stream, version, position }) => {
    const told = last.get(stream);
    return told?.version !== version || told.position !== position;
  });
  if (wrong.length > 0) faults.push(`streams is wrong about ${wrong.length}, e.g. ${JSON.stringify(wrong[0])}`);
  if (streams.length !== last.size) faults.push(`streams has ${streams.length} rows for ${last.size} streams`);
  return faults.slice(0, 5);
};

const faultsOfKeys = ({ keys, appends }: Run): string[] => {
  const text = ({ position, span }: { position: number; span: number }): string => `${position}, span ${span}`;
  const told = new Map(
    appends.flatMap((events) =>
      events.map(({ eventId, position }, index) => [eventId, text({ position, span: events.length - index })]),
    ),
  );
  const faults = keys.length === told.size ? [] : [`append_keys has ${keys.length} rows for ${told.size} events`];
  const wrong = keys.find((key) => told.get(key.eventId) !== text(key));
  return wrong ? [...faults, `append_keys is wrong about ${wrong.eventId}: ${text(wrong)}`] : faults;
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
  const missed = run.appends.flat().filter(({ position }) => !positions.has(position) && !run.compacted.has(position));
  if (missed.length > 0) faults.push(`reader ${reader} missed ${missed.length}, the first at ${missed[0]!.position}`);
  return faults;
};

const range = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);
