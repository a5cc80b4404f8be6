import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { TerminalFailure } from '@skerry/kernel/errors';
import { apiCodeOf, STREAM_NOT_FOUND } from './failures.ts';

const DAY_MS = 24 * 3_600_000;
const GIB = 1_024 ** 3;
/** Older servers ignore settings that they do not know, without a word. */
const MIN_SERVER = [2, 11, 0] as const;

export const EVENT_STREAM = 'EV';
export const REPORT_STREAM = 'REPORTS';

type Wanted = Partial<StreamConfig> & { name: string };

const eventStream: Wanted = {
  name: EVENT_STREAM,
  subjects: ['ev.>'],
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  storage: StorageType.File,
  max_age: nanos(DAY_MS),
  max_bytes: GIB,
  // Positions say what is a repeat; the server need not remember ids.
  duplicate_window: nanos(1_000),
};

/** A report is gone once the intake has acknowledged it. */
const reportStream: Wanted = {
  name: REPORT_STREAM,
  subjects: ['rep.*'],
  retention: RetentionPolicy.Workqueue,
  discard: DiscardPolicy.Old,
  storage: StorageType.File,
  max_age: nanos(DAY_MS),
  max_bytes: GIB,
  duplicate_window: nanos(1_000),
};

/**
 * Makes the streams that are missing and brings those that differ to what they shall be. Throws TerminalFailure
 * `stream-config-refused` when the server's echo differs from what was asked for.
 */
export const ensureStreams = async (manager: JetStreamManager): Promise<void> => {
  for (const wanted of [eventStream, reportStream]) {
    const found = await configOf(manager, wanted.name);
    if (found && differences(wanted, found).length === 0) continue;
    const echo = found ? await manager.streams.update(wanted.name, wanted) : await manager.streams.add(wanted);
    const differing = differences(wanted, echo.config);
    if (differing.length === 0) continue;
    throw new TerminalFailure(
      `the NATS server made stream ${wanted.name} with other settings: ${differing.join('; ')}`,
      {
        code: 'stream-config-refused',
      },
    );
  }
};

const configOf = async (manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> => {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (apiCodeOf(error) === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
};

const differences = (wanted: Wanted, found: StreamConfig): string[] =>
  Object.entries(wanted)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(found[key as keyof StreamConfig]))
    .map(
      ([key, value]) => `${key} is ${JSON.stringify(found[key as keyof StreamConfig])}, not ${JSON.stringify(value)}`,
    );

/** Throws TerminalFailure `server-too-old`, naming both versions. */
export const requireServerVersion = (version: string): void => {
  const found = version.split(/[.-]/).slice(0, 3).map(Number);
  const [at] = MIN_SERVER.map((least, index) => Math.sign((found[index] ?? 0) - least)).filter((sign) => sign !== 0);
  if (at !== -1) return;
  throw new TerminalFailure(
    `the NATS server has version ${version}; the least that Skerry runs on is ${MIN_SERVER.join('.')}`,
    {
      code: 'server-too-old',
    },
  );
};
