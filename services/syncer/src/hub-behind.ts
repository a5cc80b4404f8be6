import { TerminalFailure } from '@skerry/kernel/errors';
import type { Position } from '@skerry/ports/event-store/event-store';
import { storeBehind } from '@skerry/ports/event-store/store-behind';

export interface HubBehindParts {
  /** the last order that whoever acted here before had */
  readonly through: Position;
  /** the last order that this syncer has */
  readonly followed: () => Position;
  /** folds all that the hub's store holds; throws when it cannot */
  readonly catchUp: () => Promise<void>;
  /** where the hub's store ends, as far as this syncer knows */
  readonly head: () => Position;
}

/** Who asks until it is known. */
export interface Asking {
  /** it still holds the lease */
  readonly isActing: () => boolean;
  /** until the next try */
  readonly pause: () => Promise<void>;
  readonly onUnknown: () => void;
}

/**
 * Whether this syncer may act on what it has. `unknown`: it has less than whoever acted here before, and the hub cannot be
 * asked whether there is more. A failure: there is no more, so a backup was restored that nobody has adopted, and what it
 * says is older than what the cluster holds.
 */
export const hubBehind = async (parts: HubBehindParts): Promise<'current' | 'unknown' | TerminalFailure> => {
  const { through, followed, catchUp, head } = parts;
  if (followed() >= through) return 'current';
  try {
    await catchUp();
  } catch (error) {
    return error instanceof TerminalFailure ? error : 'unknown';
  }
  return followed() >= through ? 'current' : storeBehind({ head: head(), through });
};

/** Asks until it is known; `over`: it acts no longer anyway. */
export const untilKnown = async (
  parts: HubBehindParts,
  { isActing, pause, onUnknown }: Asking,
): Promise<'current' | 'over' | TerminalFailure> => {
  for (let tries = 0; isActing(); tries += 1) {
    const answer = await hubBehind(parts);
    if (answer !== 'unknown') return answer;
    if (tries === 0) onUnknown();
    await pause();
  }
  return 'over';
};
