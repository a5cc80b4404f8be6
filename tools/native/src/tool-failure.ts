import { TerminalFailure } from '@skerry/kernel/errors';

/** A local tool cannot go on. The message says what happened and, after the dash, what the reader can do about it. */
export class ToolFailure extends TerminalFailure {
  /** What to do, as one sentence. */
  readonly remedy: string;

  constructor(what: string, remedy: string, options: ErrorOptions = {}) {
    super(`${what} — ${remedy}`, { code: 'tool', cause: options.cause });
    this.remedy = remedy;
  }
}
