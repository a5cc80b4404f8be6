/** Counts since the start of the part that gives them, and what it stands at now. */
export interface ConsumerFigures {
  readonly folded: number;
  /** folded from the store because the bus had lost or held them */
  readonly mended: number;
  readonly lagPositions: number;
  /** since it was last known to have all that the store had; below 2 while all is well */
  readonly lagSeconds: number;
  readonly live: boolean;
}

export interface WorkerFigures {
  readonly dirty: number;
  readonly running: number;
  /** in back-off, or to be looked at again at a time */
  readonly waiting: number;
  readonly parked: number;
  /** ends of work on a key: done · retried (lost race, transient failure) · parked */
  readonly ends: Readonly<Record<'done' | 'retried' | 'parked', number>>;
}

export interface LeaseFigures {
  readonly held: boolean;
}

export interface RelayFigures {
  readonly position: number;
  readonly published: number;
  /** positions that the store has and the bus has not been given */
  readonly lagPositions: number;
  /** since the bus was last known to have been given all that the store had; below 2 while all is well */
  readonly lagSeconds: number;
  readonly failing: boolean;
}

export interface GatewayFigures {
  /** requests that were answered since the start, watches among them when they end */
  readonly served: number;
  /** requests that are being answered, watches left out */
  readonly inFlight: number;
  readonly watches: number;
}

export interface StateFigures {
  /** up to which reads are answered */
  readonly position: number;
  /** undefined while the store does not say where it stands */
  readonly lagPositions: number | undefined;
}

/** Counts since the start of the process. */
export interface RetentionFigures {
  readonly runs: number;
  readonly rows: number;
  readonly blobs: number;
  readonly partitions: number;
  /** the last run ended in an error */
  readonly failing: boolean;
}

/** Counts since the start of the process, and where the loop over a cluster's objects stands. */
export interface SyncerFigures {
  /** changes that the member accepted, repairs among them */
  readonly applies: number;
  /** looks that found everything as desired */
  readonly skips: number;
  readonly repairs: number;
  readonly deletes: number;
  /** changes that the member's API refused */
  readonly refusals: number;
  /** withdrawals that wait for a person */
  readonly withdrawalsHeld: number;
  /** the next withdrawal by move or policy would wait for a person */
  readonly guardShut: boolean;
  /** after a restored backup: what lives waits for a person */
  readonly restoreWaits: boolean;
  /** objects whose repair is backed off because somebody else writes the same fields */
  readonly contended: number;
  /** objects that have to be looked at */
  readonly queueLength: number;
  /** the lease of the cluster is held here */
  readonly acting: boolean;
  /** undefined: it has not sent one */
  readonly lastBeat: Date | undefined;
}

/** The verdict that stands for each cluster of the fleet, by name. */
export interface ClustersFigures {
  readonly verdicts: Readonly<Record<string, string>>;
}

/** Reasons, as `/healthz` and `/readyz` give them. */
export interface HealthFigures {
  readonly unhealthy: number;
  readonly unready: number;
}

/** Parts count in plain fields and are read when somebody looks, so that a fold costs one addition. */
export type Source =
  | { readonly kind: 'consumer'; readonly name: string; readonly read: () => ConsumerFigures }
  | { readonly kind: 'worker'; readonly name: string; readonly read: () => WorkerFigures }
  | { readonly kind: 'lease'; readonly name: string; readonly read: () => LeaseFigures }
  | { readonly kind: 'relay'; readonly name: string; readonly read: () => RelayFigures }
  | { readonly kind: 'retention'; readonly name: string; readonly read: () => RetentionFigures }
  | { readonly kind: 'syncer'; readonly name: string; readonly read: () => SyncerFigures }
  | { readonly kind: 'clusters'; readonly name: string; readonly read: () => ClustersFigures }
  | { readonly kind: 'health'; readonly name: string; readonly read: () => HealthFigures }
  | { readonly kind: 'gateway'; readonly name: string; readonly read: () => GatewayFigures }
  | { readonly kind: 'state'; readonly name: string; readonly read: () => Promise<StateFigures> };

export type AppendAnswer = 'appended' | 'already-there' | 'conflict' | 'stale-lease' | 'failed';

/** Where the parts of the runtime leave their figures. */
export interface Metrics {
  /** The source is read whenever somebody looks, until the returned function is called. */
  watch(source: Source): () => void;
  /** One append was answered after so long. */
  answered(append: {
    readonly actor: string;
    readonly answer: AppendAnswer;
    readonly events: number;
    readonly seconds: number;
  }): void;
  /** One request at the gateway was answered. `seconds` is undefined for what stays open until somebody ends it. */
  served(request: { readonly verb: string; readonly code: string; readonly seconds: number | undefined }): void;
}

export const noMetrics: Metrics = { watch: () => () => {}, answered: () => {}, served: () => {} };
