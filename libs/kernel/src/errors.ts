/**
 * The five kinds of failure. Anything else that is thrown is a bug.
 * `rejection` and `unfit` are values; the three classes below are thrown by adapters, with `cause` kept.
 */

/** A command that a decider refuses. `code` is stable (for programs), `why` is for people and names field, value and what is allowed. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly code: string;
  readonly why: string;
}

/** An engine's "no" for one candidate. `reason` has names and numbers in it. */
export interface Unfit {
  readonly kind: 'unfit';
  readonly reason: string;
}

export const rejection = (code: string, why: string): Rejection => ({ kind: 'rejection', code, why });
export const unfit = (reason: string): Unfit => ({ kind: 'unfit', reason });

/** Somebody else wrote first. Read again and decide again. */
export class ConcurrencyConflict extends Error {
  override readonly name = 'ConcurrencyConflict';
}

/** May work later with the same input: network, overload, a restart. `retryAfterMs` when the other side said so. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Will never work with the same input. `code` says which refusal it is. */
export class TerminalFailure extends Error {
  override readonly name = 'TerminalFailure';
  readonly code: string;
  constructor(message: string, options: { code: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}
