import { TerminalFailure } from '@skerry/kernel/errors';

const GRACE_MS = 15_000;

/**
 * The work's own outcome, unless `stop` is aborted first. The work then has `graceMs` (default 15 s) to come to its end, so
 * that what it started can be stopped in order: a result that still arrives is given to `undo`. Throws TerminalFailure
 * `interrupted` afterwards; work that goes on even then ends with the process.
 */
export const untilOrStopped = async <T>(
  work: Promise<T>,
  { stop, undo, graceMs = GRACE_MS }: { stop: AbortSignal; undo?: (late: T) => Promise<void>; graceMs?: number },
): Promise<T> => {
  const stopped = new Promise<'stopped'>((resolve) => {
    if (stop.aborted) resolve('stopped');
    stop.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const ended = work.then((value) => ({ value }));
  const first = await Promise.race([ended, stopped]);
  if (first !== 'stopped') return first.value;
  // Whatever the work fails with by now comes from being stopped.
  const settled = ended.catch(() => undefined);
  const grace = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => grace.resolve(undefined), graceMs);
  const late = await Promise.race([settled, grace.promise]);
  clearTimeout(timer); // else it would keep the process for the rest of the grace
  if (late !== undefined) await undo?.(late.value);
  throw new TerminalFailure('stopped before it was done', { code: 'interrupted' });
};
