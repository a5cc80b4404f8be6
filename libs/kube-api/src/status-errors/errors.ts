import { TransientFailure } from '@skerry/kernel/errors';
import { type StatusCause, type StatusDetails, StatusError } from './status-error.ts';

/** What errors say about the resource that was asked for. */
export interface ErrorSubject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(subject: ErrorSubject, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.plural,
  };
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

/** Why something is forbidden: a text, or a text and its causes. */
export type Refusal = string | { readonly why: string; readonly causes: readonly StatusCause[] };

// oxlint-disable-next-line max-params -- called by many with subject, name and reason, as its neighbours are
export function forbidden(subject: ErrorSubject, name: string, refusal: Refusal): StatusError {
  const { why, causes } = typeof refusal === 'string' ? { why: refusal, causes: undefined } : refusal;
  const message = `${qualified(subject.plural, subject.group)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`;
  const details = { ...detailsOf(subject, name), ...(causes === undefined ? {} : { causes }) };
  return new StatusError({ code: 403, reason: 'Forbidden', message, details });
}

export function notFound(subject: ErrorSubject, name: string): StatusError {
  const message = `${qualified(subject.plural, subject.group)} "${name}" not found`;
  return new StatusError({ code: 404, reason: 'NotFound', message, details: detailsOf(subject, name) });
}

/** No such path. */
export function pathNotFound(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

export function methodNotAllowed(
  message = 'the server does not allow this method on the requested resource',
): StatusError {
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function alreadyExists(subject: ErrorSubject, name: string): StatusError {
  const message = `${qualified(subject.plural, subject.group)} "${name}" already exists`;
  return new StatusError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(subject, name) });
}

export function conflict(subject: ErrorSubject, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject.plural, subject.group)} "${name}": ${why}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: detailsOf(subject, name) });
}

export const objectModified =
  'the object has been modified; please apply your changes to the latest version and try again';

export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

/** A version that is too old: the client lists again. */
export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function tooLargeVersion(wanted: string, current: string): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function requestTooLarge(limitBytes: number): StatusError {
  return new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${limitBytes}`,
  });
}

export function internalError(message: string): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  });
}

/** What the API stands on is away for a while; clients try again by themselves when they are told after how long. */
export function unavailable(message: string): StatusError {
  return new StatusError({
    code: 503,
    reason: 'ServiceUnavailable',
    message: `the server is currently unable to handle the request: ${message}`,
    details: { causes: [{ message }], retryAfterSeconds: 1 },
  });
}

/** Whatever was thrown, as an answer: a refusal as it is, a transient failure as 503, anything else as 500. */
export function statusErrorOf(cause: unknown): StatusError {
  if (cause instanceof StatusError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return cause instanceof TransientFailure ? unavailable(message) : internalError(message);
}

/** One thing wrong with one field. */
export interface FieldProblem {
  readonly field: string;
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany';
  readonly message: string;
}

export function invalid(subject: ErrorSubject, name: string, problems: readonly FieldProblem[]): StatusError {
  const texts = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualified(subject.kind, subject.group)} "${name}" is invalid: ${all}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...(subject.group === '' ? {} : { group: subject.group }),
      kind: subject.kind,
      causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  });
}
