import { setTimeout as delay } from 'node:timers/promises';
import { ToolFailure } from '@skerry/native/tool-failure';

export interface Wait<T> {
  /** What is waited for, for the message. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Asked until it answers something other than undefined. What it throws ends the wait. */
  readonly check: () => T | undefined | Promise<T | undefined>;
  /** Default 25 ms: starts take tenths of a second. */
  readonly pauseMs?: number;
  /** What to look at when it takes too long. */
  readonly remedy?: string;
}

/** Waits for a condition; throws at the deadline. */
export async function waitUntil<T>(wait: Wait<T>): Promise<T> {
  const end = Date.now() + wait.deadlineMs;
  for (;;) {
    const answer = await wait.check();
    if (answer !== undefined) return answer;
    if (Date.now() > end) {
      throw new ToolFailure(`${wait.what}: not within ${wait.deadlineMs / 1000} s`, wait.remedy ?? 'try again');
    }
    await delay(wait.pauseMs ?? 25);
  }
}
