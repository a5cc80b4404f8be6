/** Counts since the start of the part that gives them, and what it stands at now. */
export interface ConsumerFigures {
  readonly folded: number;
  /** folded from the store because the bus had lost or held them */
  readonly mended: number;
  readonly lagPositions: number;
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
  readonly failing: boolean;
}

/** Parts count in plain fields and are read when somebody looks, so that a fold costs one addition. */
export type Source =
  | { readonly kind: 'consumer'; readonly name: string; readonly read: () => ConsumerFigures }
  | { readonly kind: 'worker'; readonly name: string; readonly read: () => WorkerFigures }
  | { readonly kind: 'lease'; readonly name: string; readonly read: () => LeaseFigures }
  | { readonly kind: 'relay'; readonly name: string; readonly read: () => RelayFigures };

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
}

export const noMetrics: Metrics = { watch: () => () => {}, answered: () => {} };
