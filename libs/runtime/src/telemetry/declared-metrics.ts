import type { Source } from './metrics.ts';

export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
export type FiguresOf<Kind extends Source['kind']> = Awaited<ReturnType<Extract<Source, { kind: Kind }>['read']>>;

/** A metric that is read from sources of one kind when somebody looks. */
export interface DeclaredMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly help: string;
  readonly kind: Source['kind'];
  /** of one source */
  readonly samples: (name: string, figures: never) => readonly Sample[];
}

interface Column<Figures> {
  readonly suffix: string;
  readonly help: string;
  /** undefined: left out for now */
  readonly read: (figures: Figures) => number | undefined;
}

interface Group<Kind extends Source['kind']> {
  readonly kind: Kind;
  /** of every metric of the group; the column's suffix follows */
  readonly prefix: string;
  /** carries the name of the source */
  readonly label: string;
  readonly columns: readonly Column<FiguresOf<Kind>>[];
}

/** Metrics with one value for each source. A suffix that ends in `_total` is a counter. */
const perSource = <Kind extends Source['kind']>({ kind, prefix, label, columns }: Group<Kind>): DeclaredMetric[] =>
  columns.map(({ suffix, help, read }) => ({
    name: `skerry_${prefix}_${suffix}`,
    type: suffix.endsWith('_total') ? 'counter' : 'gauge',
    labels: [label],
    help,
    kind,
    samples: (name: string, figures: FiguresOf<Kind>) => {
      const value = read(figures);
      return value === undefined ? [] : [[{ [label]: name }, value]];
    },
  }));

const consumers = perSource({
  kind: 'consumer',
  prefix: 'consumer',
  label: 'consumer',
  columns: [
    { suffix: 'folded_total', help: 'events folded', read: ({ folded }) => folded },
    {
      suffix: 'mended_total',
      help: 'events that came from the store because the bus had lost or held them',
      read: ({ mended }) => mended,
    },
    {
      suffix: 'lag_positions',
      help: 'positions between the last announced head and what is folded',
      read: ({ lagPositions }) => lagPositions,
    },
    {
      suffix: 'lag_seconds',
      help: 'since it was last known to have all that the store had; below 2 while all is well',
      read: ({ lagSeconds }) => lagSeconds,
    },
    { suffix: 'live', help: '1: folds; 0: starts or has stopped', read: ({ live }) => Number(live) },
  ],
});

const states = ['dirty', 'running', 'waiting', 'parked'] as const;
const workers: DeclaredMetric[] = [
  {
    name: 'skerry_worker_keys',
    type: 'gauge',
    labels: ['worker', 'state'],
    help: 'keys by state: dirty, running, waiting, parked; parked ones need a person or new facts',
    kind: 'worker',
    samples: (worker, figures: FiguresOf<'worker'>) =>
      states.map((state): Sample => [{ worker, state }, figures[state]]),
  },
  {
    name: 'skerry_worker_decisions_total',
    type: 'counter',
    labels: ['worker', 'outcome'],
    help: 'ends of work on a key: done, retried, parked',
    kind: 'worker',
    samples: (worker, { ends }: FiguresOf<'worker'>) =>
      Object.entries(ends).map(([outcome, count]): Sample => [{ worker, outcome }, count]),
  },
];

const leases = perSource({
  kind: 'lease',
  prefix: 'lease',
  label: 'lease',
  columns: [{ suffix: 'held', help: '1: this process holds it', read: ({ held }) => Number(held) }],
});

const relays = perSource({
  kind: 'relay',
  prefix: 'relay',
  label: 'relay',
  columns: [
    { suffix: 'position', help: 'last position that is on the bus', read: ({ position }) => position },
    { suffix: 'published_total', help: 'events given to the bus', read: ({ published }) => published },
    {
      suffix: 'lag_positions',
      help: 'positions that the store has and the bus has not been given',
      read: ({ lagPositions }) => lagPositions,
    },
    {
      suffix: 'lag_seconds',
      help: 'since the bus was last known to have been given all that the store had; below 2 while all is well',
      read: ({ lagSeconds }) => lagSeconds,
    },
    { suffix: 'failing', help: '1: the last try to publish failed', read: ({ failing }) => Number(failing) },
  ],
});

const gateways = [
  ...perSource({
    kind: 'gateway',
    prefix: 'gateway',
    label: 'gateway',
    columns: [
      {
        suffix: 'requests_in_flight',
        help: 'requests that are being answered, watches left out',
        read: ({ inFlight }) => inFlight,
      },
      { suffix: 'watches', help: 'open watches and followed event streams', read: ({ watches }) => watches },
    ],
  }),
  ...perSource({
    kind: 'state',
    prefix: 'gateway_state',
    label: 'gateway',
    columns: [
      {
        suffix: 'position',
        help: 'position of the store up to which reads are answered',
        read: ({ position }) => position,
      },
      {
        suffix: 'lag_positions',
        help: 'positions that the store has and the state behind reads has not; absent while the store does not answer',
        read: ({ lagPositions }) => lagPositions,
      },
    ],
  }),
];

const done = ['runs', 'rows', 'blobs', 'partitions'] as const;
const retentions: DeclaredMetric[] = [
  {
    name: 'skerry_retention_total',
    type: 'counter',
    labels: ['retention', 'what'],
    help: 'runs, and what they did: rows and blobs removed, partitions added',
    kind: 'retention',
    samples: (retention, figures: FiguresOf<'retention'>) =>
      done.map((what): Sample => [{ retention, what }, figures[what]]),
  },
  ...perSource({
    kind: 'retention',
    prefix: 'retention',
    label: 'retention',
    columns: [{ suffix: 'failing', help: '1: the last run failed', read: ({ failing }) => Number(failing) }],
  }),
];

const clusters: DeclaredMetric[] = [
  {
    name: 'skerry_cluster_verdict',
    type: 'gauge',
    labels: ['cluster', 'verdict'],
    help: '1 for the verdict that stands for a cluster: Ready, NotReady, Silent, Unknown; a standby says it too',
    kind: 'clusters',
    samples: (_name, { verdicts }: FiguresOf<'clusters'>) =>
      Object.entries(verdicts).map(([cluster, verdict]): Sample => [{ cluster, verdict }, 1]),
  },
];

const syncers = perSource({
  kind: 'syncer',
  prefix: 'syncer',
  label: 'cluster',
  columns: [
    { suffix: 'applies_total', help: 'changes accepted', read: ({ applies }) => applies },
    { suffix: 'skips_total', help: 'looks with nothing to do', read: ({ skips }) => skips },
    { suffix: 'repairs_total', help: 'drift repaired', read: ({ repairs }) => repairs },
    { suffix: 'deletes_total', help: 'deletes accepted', read: ({ deletes }) => deletes },
    { suffix: 'refusals_total', help: 'changes refused', read: ({ refusals }) => refusals },
    {
      suffix: 'withdrawals_held',
      help: 'withdrawals that wait for a person',
      read: ({ withdrawalsHeld }) => withdrawalsHeld,
    },
    {
      suffix: 'guard_shut',
      help: '1: the next withdrawal by move or policy waits for a person',
      read: ({ guardShut }) => Number(guardShut),
    },
    {
      suffix: 'restore_waits',
      help: '1: after a restored backup what lives waits for a person',
      read: ({ restoreWaits }) => Number(restoreWaits),
    },
    {
      suffix: 'contended_objects',
      help: 'objects whose repair is backed off because somebody else writes the same fields',
      read: ({ contended }) => contended,
    },
    { suffix: 'queue_length', help: 'objects that have to be looked at', read: ({ queueLength }) => queueLength },
    { suffix: 'acting', help: '1: holds the lease of the cluster', read: ({ acting }) => Number(acting) },
    {
      suffix: 'last_beat_timestamp_seconds',
      help: 'when the last beat was sent; absent before the first',
      read: ({ lastBeat }) => lastBeat && lastBeat.getTime() / 1_000,
    },
  ],
});

const health = perSource({
  kind: 'health',
  prefix: 'health',
  label: 'service',
  columns: [
    {
      suffix: 'unhealthy_reasons',
      help: 'what is wrong, as /healthz says: a restart or a person is needed',
      read: ({ unhealthy }) => unhealthy,
    },
    { suffix: 'unready_reasons', help: 'what is still awaited, as /readyz says', read: ({ unready }) => unready },
  ],
});

/** In the order of the reference page. */
export const declaredMetrics: readonly DeclaredMetric[] = [
  ...health,
  ...leases,
  ...consumers,
  ...workers,
  ...relays,
  ...gateways,
  ...clusters,
  ...syncers,
  ...retentions,
];
