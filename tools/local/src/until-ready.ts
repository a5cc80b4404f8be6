import type { Child } from './supervisor.ts';
import { waitUntil } from './wait-until.ts';

export interface Readiness {
  /** What is waited for, for the message. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly logFile: string;
  /** undefined: not yet */
  readonly check: () => unknown;
}

/** Answers the child once it is ready. One that ends before, or takes longer, is an error that names its log; it is killed. */
export async function untilReady(child: Child, { logFile, check, ...wait }: Readiness): Promise<Child> {
  try {
    await waitUntil({
      ...wait,
      remedy: `see ${logFile}`,
      check: () => {
        child.requireAlive();
        return check();
      },
    });
  } catch (error) {
    await child.kill();
    throw error;
  }
  return child;
}
