/** Places where a test kills the process, named by what has just happened or is about to. */
export const CRASH_POINTS = ['before-append', 'after-commit', 'before-relay', 'mid-snapshot', 'mid-apply'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let onReached: ((point: CrashPoint) => void) | undefined;

/** Does nothing unless a test's entry has bound it: no setting, no environment, nothing that could be set by mistake. */
export const crashPoint = (point: CrashPoint): void => onReached?.(point);

export const bindCrashPoints = (handler: (point: CrashPoint) => void): void => {
  onReached = handler;
};
