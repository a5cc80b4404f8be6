import { pino } from 'pino';

/** Structured log: keys first, then a constant message. Never a body, a token or a Secret. */
export interface Log {
  debug(keys: object, message: string): void;
  info(keys: object, message: string): void;
  warn(keys: object, message: string): void;
  error(keys: object, message: string): void;
  child(keys: object): Log;
}

/** Names of keys that are cut out wherever they stand, should one ever be logged by mistake. */
const SECRET_PATHS = [
  'token',
  'password',
  'authorization',
  '*.token',
  '*.password',
  '*.authorization',
  '*.data',
  '*.stringData',
];

const serializeError = (error: unknown): unknown =>
  error instanceof Error
    ? {
        name: error.name,
        message: error.message,
        code: (error as { code?: unknown }).code,
        stack: error.stack,
        cause: error.cause instanceof Error ? error.cause.message : undefined,
      }
    : String(error);

export const createLog = (options: { level: string; file?: string; service?: string }): Log =>
  pino(
    {
      level: options.level,
      base: options.service === undefined ? null : { service: options.service },
      redact: { paths: SECRET_PATHS, censor: '[removed]' },
      serializers: { error: serializeError },
    },
    pino.destination({ dest: options.file ?? 2, sync: false, mkdir: true }),
  );

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
