import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import type { RetentionReport } from '@skerry/adapters/postgres/retention';
import { TransientFailure } from '@skerry/kernel/errors';
import { type Log, silentLog } from '@skerry/runtime/telemetry/log';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import { RetentionRuns } from './retention-runs.ts';

const HOUR_MS = 3_600_000;

describe('retention in a hub', () => {
  let clock: VirtualClock;
  let metrics: PrometheusMetrics;
  let logged: string[];
  let ranAtMs: number[];
  let log: Log;
  beforeEach(() => {
    [clock, metrics, logged, ranAtMs] = [new VirtualClock(), new PrometheusMetrics(), [], []];
    const note = (level: string) => (keys: object, message: string) =>
      void logged.push(`${level} ${message} ${JSON.stringify(keys)}`);
    log = { ...silentLog, info: note('info'), warn: note('warn'), error: note('error') };
  });

  const started = (run: () => Promise<RetentionReport | undefined>): RetentionRuns => {
    const counted = (): Promise<RetentionReport | undefined> => {
      ranAtMs.push(clock.monotonicMs());
      return run();
    };
    const runs = new RetentionRuns({ run: counted, clock, log, metrics });
    runs.start();
    return runs;
  };

  it('runs when the start is over, then once an hour, and says what it did', async () => {
    const runs = started(async () => ({ rows: 3, blobs: 2, partitions: 1 }));
    await clock.advanceAsync(2 * HOUR_MS);
    expect(ranAtMs).toEqual([300_000, 300_000 + HOUR_MS]);
    expect(logged[0]).toBe('info retention ran {"rows":3,"blobs":2,"partitions":1,"tookMs":0}');
    expect(await metrics.text()).toContain('skerry_retention_total{retention="store",what="rows"} 6');
    await runs.stop();
    await clock.advanceAsync(2 * HOUR_MS);
    expect([ranAtMs.length, clock.pending]).toEqual([2, 0]);
  });

  it('goes on after a run that failed, which is shown until one succeeds', async () => {
    const failures = [new TransientFailure('the store is away'), new Error('a bug')];
    const runs = started(async () => {
      const failure = failures.shift();
      if (failure) throw failure;
      return { rows: 0, blobs: 0, partitions: 0 };
    });
    await clock.advanceAsync(HOUR_MS);
    expect(await metrics.text()).toContain('skerry_retention_failing{retention="store"} 1');
    await clock.advanceAsync(2 * HOUR_MS);
    expect(logged.map((line) => line.split(' {')[0])).toEqual([
      'warn retention failed, the next run goes on',
      'error retention failed: old rows and blobs stay',
      'info retention ran',
    ]);
    expect(await metrics.text()).toContain('skerry_retention_failing{retention="store"} 0');
    await runs.stop();
  });

  it('that is running when the hub stops is waited for', async () => {
    let end = (): void => undefined;
    const runs = started(() => new Promise((resolve) => (end = () => resolve(undefined))));
    await clock.advanceAsync(HOUR_MS);
    let stopped = false;
    const stopping = runs.stop().then(() => (stopped = true));
    await clock.advanceAsync(0);
    expect(stopped).toBe(false);
    end();
    await stopping;
    expect(clock.pending).toBe(0);
  });
});
