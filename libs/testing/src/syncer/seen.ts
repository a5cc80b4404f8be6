import { waitUntil } from '../contracts/wait-until.ts';
import type { SyncerStage } from './syncer-stage.ts';

const DEADLINE_MS = 15_000;

/** Looks until it finds; answers what it found. */
export const seen = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> => {
  let found: T | undefined | false;
  const holds = async (): Promise<boolean> => {
    found = await look();
    return found !== undefined && found !== false;
  };
  await waitUntil(what, { holds, deadlineMs });
  return found as T;
};

/** Waits until the last word on the object is this, like `Waiting Terminating`. */
export const untilSaid = async (stage: SyncerStage, uid: string, said: string): Promise<void> => {
  let last = '';
  const holds = (): boolean => (last = stage.said(uid)) === said;
  await waitUntil(said, { holds, deadlineMs: DEADLINE_MS }).catch(() => {
    throw new Error(`waited in vain for "${said}"; the last word is "${last}" ${stage.observed(uid)?.message ?? ''}`);
  });
};
