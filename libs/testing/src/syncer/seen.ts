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

/** Waits until the last word on the object is this, like `Waiting Terminating`; the failure says what it was instead. */
export const untilSaid = (stage: SyncerStage, uid: string, said: string): Promise<void> =>
  waitUntil(said, { holds: () => stage.said(uid) === said, deadlineMs: DEADLINE_MS }).catch((cause: unknown) => {
    const last = `${stage.said(uid)} ${stage.observed(uid)?.message ?? ''}`;
    throw new Error(`waited ${DEADLINE_MS} ms in vain for "${said}"; the last word is "${last}"`, { cause });
  });
