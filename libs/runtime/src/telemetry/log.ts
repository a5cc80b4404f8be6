import { mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
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

/**
 * Appends each line at once. Not pino's own destination: on a full disk that one ends the process with an error, and then
 * waits for room before it lets the process go. Here lines are lost instead, which is said once on standard error.
 */
const openFile = (path: string): { write(line: string): void } => {
  let file: number | undefined;
  let isCut = false;
  let isFailing = false;
  const append = (line: string): void => {
    file ??= openSync(path, 'a');
    const bytes = Buffer.from(isCut ? `\n${line}` : line);
    const written = writeSync(file, bytes);
    isCut = written < bytes.byteLength;
  };
  mkdirSync(dirname(path), { recursive: true });
  return {
    write: (line) => {
      try {
        append(line);
        isFailing = false;
      } catch (error) {
        if (!isFailing) process.stderr.write(`the log cannot be written, lines are lost: ${String(error)}\n`);
        isFailing = true;
      }
    },
  };
};

export const createLog = (options: { level: string; file?: string; service?: string }): Log =>
  pino(
    {
      level: options.level,
      base: options.service === undefined ? null : { service: options.service },
      redact: { paths: SECRET_PATHS, censor: '[removed]' },
      serializers: { error: serializeError },
    },
    options.file === undefined ? pino.destination({ dest: 2, sync: false }) : openFile(options.file),
  );

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
