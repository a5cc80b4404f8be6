import type { TerminalFailure } from '@skerry/kernel/errors';
import type { Position } from '@skerry/ports/event-store/event-store';
import { storeBehind } from '@skerry/runtime/consumer/store-behind';

export interface HubBehindParts {
  /** how far whoever acted here before has followed the hub's store */
  readonly through: Position;
  /** how far this syncer has */
  readonly followed: () => Position;
  readonly catchUp: () => Promise<void>;
  readonly warn: (error: unknown, message: string) => void;
}

/**
 * Why nobody may act here: the hub's store ends before what this cluster was told of it, so a backup was restored that
 * nobody has adopted. What it says is older than what the cluster holds. No beat comes either, and the hub takes nothing
 * away meanwhile. Undefined also while the hub cannot be asked: cut off, a syncer goes on as last told.
 */
export const hubBehind = async ({
  through,
  followed,
  catchUp,
  warn,
}: HubBehindParts): Promise<TerminalFailure | undefined> => {
  if (followed() >= through) return undefined;
  try {
    await catchUp();
  } catch (error) {
    warn(error, 'the hub cannot be asked how far its store goes');
    return undefined;
  }
  if (followed() >= through) return undefined;
  const failure = storeBehind({ head: followed(), through });
  warn(failure, 'the hub is older than what this cluster was told: nothing is done');
  return failure;
};
