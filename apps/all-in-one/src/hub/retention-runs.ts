import type { RetentionReport } from '@skerry/adapters/postgres/retention';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '@skerry/runtime/telemetry/log';
import type { Metrics } from '@skerry/runtime/telemetry/metrics';

/** When retention runs, and what it takes; see `runRetention`. */
export interface RetentionSchedule {
  /** from the end of a run to the next; default 1 hour */
  readonly everyMs?: number;
  /** from the start of the hub to the first run; default 5 min, when a start has become quiet */
  readonly firstAfterMs?: number;
  readonly olderThanMs?: number;
  readonly blobGraceMs?: number;
}

export interface RetentionRunsOptions {
  readonly schedule?: RetentionSchedule;
  readonly run: (ages: Pick<RetentionSchedule, 'olderThanMs' | 'blobGraceMs'>) => Promise<RetentionReport | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Runs retention now and then. One that fails is logged and counted, and the next comes at its time: nothing waits for it. */
export class RetentionRuns {
  readonly #options: RetentionRunsOptions;
  readonly #done = { runs: 0, rows: 0, blobs: 0, partitions: 0, failing: false };
  #cancel = (): void => undefined;
  #unwatch = (): void => undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: RetentionRunsOptions) {
    this.#options = options;
  }

  start(): void {
    const { metrics, schedule = {} } = this.#options;
    this.#unwatch = metrics.watch({ kind: 'retention', name: 'store', read: () => ({ ...this.#done }) });
    this.#runAfter(schedule.firstAfterMs ?? 5 * 60_000);
  }

  /** Waits for the run that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    this.#unwatch();
    await this.#running;
  }

  #runAfter(delayMs: number): void {
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#running = this.#run().then(() => {
        if (!this.#stopped) this.#runAfter(this.#options.schedule?.everyMs ?? 3_600_000);
      });
    });
  }

  async #run(): Promise<void> {
    const { run, clock, log, schedule = {} } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      const report = await run({ olderThanMs: schedule.olderThanMs, blobGraceMs: schedule.blobGraceMs });
      this.#done.failing = false;
      if (!report) return log.info({}, 'retention left to a run that is under way');
      this.#count(report);
      log.info({ ...report, tookMs: Math.round(clock.monotonicMs() - startMs) }, 'retention ran');
    } catch (error) {
      this.#done.failing = true;
      if (error instanceof TransientFailure) return log.warn({ error }, 'retention failed, the next run goes on');
      log.error({ error }, 'retention failed: old rows and blobs stay');
    }
  }

  #count(report: RetentionReport): void {
    this.#done.runs += 1;
    this.#done.rows += report.rows;
    this.#done.blobs += report.blobs;
    this.#done.partitions += report.partitions;
  }
}
