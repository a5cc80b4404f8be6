import { isNativeError } from 'node:util/types';
import { JetStreamApiError } from '@nats-io/jetstream';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';

/** JetStream's own error codes (https://github.com/nats-io/nats-server, server/errors.json). */
export const WRONG_LAST_SEQUENCE = 10071;
export const STREAM_NOT_FOUND = 10059;
export const CONSUMER_NOT_FOUND = 10014;
export const NO_MESSAGE_FOUND = 10037;

const CONNECTION_ERRORS = new Set([
  'TimeoutError',
  'ClosedConnectionError',
  'DrainingConnectionError',
  'ConnectionError',
  'RequestError',
  'NoRespondersError',
  'JetStreamNotEnabled',
]);

export const apiCodeOf = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.apiError().err_code : undefined;

/** What an error of the client means. The client's classes and the server's codes tell them apart; the rest is a bug. */
export const failureOf = (error: unknown, doing: string): unknown => {
  if (!isNativeError(error) || error instanceof TransientFailure || error instanceof TerminalFailure) return error;
  const because = `${doing}: ${error.message}`;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (error.name === 'AuthorizationError' || error.name === 'PermissionViolationError') {
    return new TerminalFailure(because, { code: 'not-allowed', cause: error });
  }
  const isSystems = typeof errno === 'number' && typeof code === 'string';
  const isConnections = CONNECTION_ERRORS.has(error.name);
  // The API answers 5xx while it starts, changes its leader or runs out of room.
  const isServers = error instanceof JetStreamApiError && (error.status >= 500 || error.code === STREAM_NOT_FOUND);
  return isSystems || isConnections || isServers ? new TransientFailure(because, { cause: error }) : error;
};
