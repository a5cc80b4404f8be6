import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Source } from './metrics.ts';

/**
 * Every process says once a second on `status.<process>` how its parts are: what `skerry top` shows. The process is the
 * service's name, or `syncer-<cluster>`. Core NATS: nobody who listens is nobody's loss.
 */
export const STATUS_SUBJECT = 'status';
export const STATUS_EVERY_MS = 1_000;

/** Figures of one part, as its source gave them. */
export type SourceStatus = {
  [Kind in Source['kind']]: {
    readonly kind: Kind;
    readonly name: string;
    readonly figures: Awaited<ReturnType<Extract<Source, { kind: Kind }>['read']>>;
  };
}[Source['kind']];

/** A process with many parts says them in several reports. */
export interface StatusReport {
  /** unique for the run of the process; the process itself is named by the subject */
  readonly holder: string;
  /** lines of `/healthz` and `/readyz` */
  readonly unhealthy: readonly string[];
  readonly unready: readonly string[];
  readonly parts: readonly SourceStatus[];
}

export const encodeStatus = (report: StatusReport): Uint8Array => new TextEncoder().encode(JSON.stringify(report));

/** Throws TypeError for what is no status. */
export const decodeStatus = (data: Uint8Array): StatusReport => {
  const report = JSON.parse(new TextDecoder().decode(data)) as Partial<StatusReport> | null;
  const { holder, unhealthy, unready, parts } = report ?? {};
  const lists = [unhealthy, unready, parts];
  if (typeof holder !== 'string' || !lists.every(Array.isArray)) {
    throw new TypeError('a status has holder, unhealthy, unready and parts');
  }
  const isPart = (part: SourceStatus | null): boolean =>
    typeof part?.kind === 'string' && typeof part.name === 'string' && typeof part.figures === 'object';
  if (!parts!.every(isPart)) throw new TypeError('each of parts has kind, name and figures');
  return report as StatusReport;
};

export interface StatusBeatOptions {
  /** the service, or `syncer-<cluster>`; one token of a subject */
  readonly process: string;
  readonly holder: string;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  /** `PrometheusMetrics` gives them */
  readonly sources: () => Iterable<Source>;
  readonly unhealthy: () => readonly string[];
  readonly unready: () => readonly string[];
}

/** A message has to stay far below what NATS takes (1 MiB) whatever runs in one process. */
const PARTS_PER_REPORT = 300;

/** Says it until the returned function is called. A part that cannot be read is left out of that beat. */
export const startStatusBeat = (options: StatusBeatOptions): (() => void) => {
  const { clock } = options;
  let stopped = false;
  let cancel: () => void = () => {};
  const beat = async (): Promise<void> => {
    if (stopped) return;
    cancel = clock.after(STATUS_EVERY_MS, () => void beat());
    const parts = (await Promise.all([...options.sources()].map(statusOf))).flat();
    if (!stopped) publish(options, parts);
  };
  void beat();
  return () => {
    stopped = true;
    cancel();
  };
};

const statusOf = async ({ kind, name, read }: Source): Promise<SourceStatus[]> => {
  try {
    return [{ kind, name, figures: await read() } as SourceStatus];
  } catch {
    return []; // it is about to stop, or says so itself in health
  }
};

const publish = (options: StatusBeatOptions, parts: readonly SourceStatus[]): void => {
  const { process, holder, bus, unhealthy, unready } = options;
  const said = { holder, unhealthy: unhealthy(), unready: unready() };
  for (let at = 0; at === 0 || at < parts.length; at += PARTS_PER_REPORT) {
    const report = { ...said, parts: parts.slice(at, at + PARTS_PER_REPORT) };
    bus.publish(`${STATUS_SUBJECT}.${process}`, encodeStatus(report));
  }
};
