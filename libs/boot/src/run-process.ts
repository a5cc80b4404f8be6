import { systemClock } from '@skerry/adapters/memory/system-clock';
import { TransientFailure } from '@skerry/kernel/errors';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { type HealthServer, startHealthServer } from '@skerry/runtime/telemetry/health-server';
import { createLog, type Log } from '@skerry/runtime/telemetry/log';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { otherHistory } from './other-history.ts';
import type { ProcessValues, processSettings } from './process-settings.ts';
import { giveBackSpareMemory } from './spare-memory.ts';
import { readSettings, type ValuesOf } from './settings.ts';
import { tracingOf } from './trace-process.ts';

export interface Starting<S extends typeof processSettings> {
  readonly settings: ValuesOf<S>;
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
  /** absent: nothing is traced */
  readonly tracing: Tracing | undefined;
}

/** A part that runs. */
export interface Running extends ServiceHealth {
  stop(): Promise<void>;
}

export interface ProcessDefinition<S extends typeof processSettings> {
  /** of the service; also the prefix of what it says */
  readonly name: string;
  readonly settings: S;
  /** A TransientFailure is tried again; anything else ends the process. */
  readonly start: (starting: Starting<S>) => Promise<Running>;
}

/** What the process ends with: settings that somebody has to change, or anything else that went wrong. */
export const EXIT = { stopped: 0, failed: 1, settings: 2 } as const;

const RETRY_MS = 1_000;
/** A stop that takes longer than this is cut off: leases and connections then run out by themselves. */
const STOP_DEADLINE_MS = 20_000;

/**
 * Runs one service as this process: settings, health, start (again and again while something it needs is away), and an
 * orderly end at SIGTERM or SIGINT, or when the store has another history: then not with 0, so that whatever supervises it
 * starts it again, with its back-off. Health answers from the beginning, so that a start that waits can be asked why.
 */
export const runProcess = async <S extends typeof processSettings>(definition: ProcessDefinition<S>): Promise<void> => {
  const { name } = definition;
  const values = settingsOf(definition);
  if (!values) return;
  const log = createLog({ level: commonOf(values).SKERRY_LOG_LEVEL, service: name });
  const metrics = new PrometheusMetrics({ process: true });
  const stopping = new AbortController();
  const askToStop = (): void => stopping.abort();
  process.once('SIGTERM', askToStop).once('SIGINT', askToStop);
  try {
    const tracing = await tracingOf(commonOf(values), name);
    await runUntil(stopping.signal, { definition, starting: { settings: values, log, metrics, tracing } });
    await tracing?.close();
    process.exit(EXIT.stopped);
  } catch (error) {
    log.error({ error }, 'ends with an error');
    say(`skerry ${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(EXIT.failed);
  }
};

/** The compiler does not see through a generic that it extends what every process has. */
const commonOf = (values: unknown): ProcessValues => values as ProcessValues;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const settingsOf = <S extends typeof processSettings>({
  name,
  settings,
}: ProcessDefinition<S>): ValuesOf<S> | undefined => {
  try {
    return readSettings(settings, process.env);
  } catch (error) {
    say(`skerry ${name} cannot start:\n${(error as Error).message}`);
    process.exitCode = EXIT.settings;
    return undefined;
  }
};

interface Run<S extends typeof processSettings> {
  readonly definition: ProcessDefinition<S>;
  readonly starting: Starting<S>;
}

const runUntil = async <S extends typeof processSettings>(stop: AbortSignal, run: Run<S>): Promise<void> => {
  const state: { running?: Running; waitsFor: string } = { waitsFor: 'starting' };
  const health = await serveHealth(run, state);
  const { log } = run.starting;
  log.info({ health: health.url }, 'starts');
  const stopGivingBack = giveBackSpareMemory({ clock: systemClock, log });
  state.running = await startWhenPossible(stop, { run, waits: (why) => (state.waitsFor = why) });
  if (state.running) log.info({}, 'runs');
  const failure = state.running && (await otherHistory(stop, { running: state.running, clock: systemClock, log }));
  log.info({}, 'stops');
  stopGivingBack();
  const timer = setTimeout(() => {
    log.error({ deadlineMs: STOP_DEADLINE_MS }, 'did not stop in time');
    process.exit(EXIT.failed);
  }, STOP_DEADLINE_MS);
  await state.running?.stop();
  await health.stop();
  clearTimeout(timer);
  log.info({}, 'stopped');
  if (failure !== undefined) throw failure;
};

const serveHealth = <S extends typeof processSettings>(
  { definition: { name }, starting: { settings, metrics } }: Run<S>,
  state: { readonly running?: Running; readonly waitsFor: string },
): Promise<HealthServer> => {
  const { SKERRY_HEALTH_HOST: host, SKERRY_HEALTH_PORT: port } = commonOf(settings);
  return startHealthServer({
    name,
    host,
    port,
    // A start that waits for PostgreSQL is not cured by a restart.
    unhealthy: () => (state.running ? linesOf(state.running).unhealthy() : []),
    unready: () => (state.running ? linesOf(state.running).unready() : [state.waitsFor]),
    metrics,
  });
};

/** Health as lines for people. */
export const linesOf = (health: ServiceHealth): { unhealthy: () => string[]; unready: () => string[] } => ({
  unhealthy: () => (health.unhealthy === undefined ? [] : [health.unhealthy]),
  unready: () => (health.ready ? [] : ['still folds to the head']),
});

const startWhenPossible = async <S extends typeof processSettings>(
  stop: AbortSignal,
  { run, waits }: { run: Run<S>; waits: (why: string) => void },
): Promise<Running | undefined> => {
  while (!stop.aborted) {
    try {
      return await run.definition.start(run.starting);
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      waits(error.message);
      run.starting.log.warn({ error }, 'cannot start yet, trying again');
      await Promise.race([aborted(stop), new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
    }
  }
  return undefined;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
