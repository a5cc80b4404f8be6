import { isNativeError } from 'node:util/types';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';

/** SQLSTATE classes and codes after which the same statement may work: connection, resources, rollback, shutdown. */
const TRANSIENT_CLASSES = new Set(['08', '53', '40']);
const TRANSIENT_CODES = new Set(['57P01', '57P02', '57P03', '57P05', '57014', '55P03', '25006', '25P03']);
const REFUSED_CODES = new Map([
  ['42501', 'not-allowed'],
  ['28P01', 'not-allowed'],
  ['28000', 'not-allowed'],
  ['3D000', 'no-such-database'],
]);

/**
 * What an error of `pg` means for a caller. A server's error is known by its SQLSTATE, the system's by its errno; `pg`
 * throws a plain Error without a code only when its connection ended or could not be made. The rest is a bug and stays.
 */
export const failureOf = (error: unknown, doing: string): unknown => {
  // Not `instanceof Error`: the system's errors come from another realm where modules are loaded in one of their own.
  if (!isNativeError(error) || error instanceof TransientFailure || error instanceof TerminalFailure) return error;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  const because = `${doing}: ${error.message}`;
  if (typeof code !== 'string') return error.name === 'Error' ? new TransientFailure(because, { cause: error }) : error;
  if (typeof errno === 'number' || isTransient(code)) return new TransientFailure(because, { cause: error });
  const refused = REFUSED_CODES.get(code);
  return refused ? new TerminalFailure(because, { code: refused, cause: error }) : error;
};

export const isTransient = (sqlState: string): boolean =>
  TRANSIENT_CODES.has(sqlState) || TRANSIENT_CLASSES.has(sqlState.slice(0, 2));
