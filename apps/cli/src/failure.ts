import type { HubAnswer } from '@skerry/all-in-one/api/hub-api';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Ends the command with a message for people and an exit code for programs. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export const usage = (message: string): CliFailure => new CliFailure(message, EXIT.usage);

/** The fields that the hub names in a refusal. */
export const fieldsOf = ({ body }: HubAnswer): { field: string; message: string }[] =>
  ((body?.details?.causes ?? []) as { field?: string; message?: string }[]).map(({ field = '', message = '' }) => ({
    field,
    message,
  }));

/** Throws unless the hub agreed. `what` begins the message: "delete deployment.apps/web". */
export const requireOk = (answer: HubAnswer, what: string): HubAnswer => {
  if (answer.status < 300) return answer;
  throw new CliFailure(`${what}: ${messageOf(answer)}`, EXIT.refused);
};

export const messageOf = ({ status, body }: HubAnswer): string => {
  if (status === 401) return 'the hub does not know this token; take the kubeconfig that its start wrote';
  return body?.message ?? `the hub answered ${status}`;
};

/** One message and the exit code for whatever was thrown; no stack unless it is a bug and SKERRY_DEBUG asks for it. */
export const explain = (error: unknown, { debug }: { debug: boolean }): { message: string; exitCode: number } => {
  if (error instanceof CommanderError) return { message: '', exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof CliFailure) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof TransientFailure) return { message: withReason(error), exitCode: EXIT.unreachable };
  if (error instanceof TerminalFailure) return { message: error.message, exitCode: codeOf(error) };
  if (isOfSystem(error)) return { message: ofSystem(error), exitCode: EXIT.machine };
  const text = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error);
  const hint = debug ? '' : ' (SKERRY_DEBUG=1 shows where)';
  return { message: `this is a bug in Skerry: ${text}${hint}`, exitCode: EXIT.bug };
};

const codeOf = ({ code }: TerminalFailure): ExitCode => {
  if (code === 'kubeconfig') return EXIT.unreachable;
  if (code === 'interrupted') return EXIT.interrupted;
  return code === 'story' ? EXIT.story : EXIT.machine;
};

const withReason = ({ message, cause }: TransientFailure): string => {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ECONNREFUSED' ? `${message}: is it running? \`npm start\` starts it` : message;
};

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number';

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: end it, or choose another port with --port',
  ENOSPC: 'free some space, or choose another state folder with --dir',
  EACCES: 'choose a place that you may read and write',
  EPERM: 'choose a place that you may read and write',
  EROFS: 'the file system is read-only: choose another state folder with --dir',
};

const ofSystem = ({ code = '', message }: NodeJS.ErrnoException): string =>
  REMEDIES[code] === undefined ? message : `${message} — ${REMEDIES[code]}`;
