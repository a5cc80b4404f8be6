import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { Bus } from '@skerry/ports/bus/bus';
import type { EventStore, Position, StoreHead } from '@skerry/ports/event-store/event-store';
import type { Log } from '../telemetry/log.ts';

interface Ends {
  readonly store: Pick<EventStore, 'head'>;
  readonly bus: Pick<Bus, 'lastPublished'>;
}

/** Where bus and store end. Throws TerminalFailure `bus-ahead` when the bus holds what the store does not: a restored backup. */
export const endsOf = async ({ store, bus }: Ends): Promise<{ last: StoreHead; head: StoreHead }> => {
  // The bus first: a relay may publish meanwhile what was appended after the store's head was read.
  const last = await bus.lastPublished();
  const head = await store.head();
  if (last.incarnation === head.incarnation && last.position > head.position) {
    throw busAhead(head.position, last.position);
  }
  return { last, head };
};

/**
 * Before a service begins: what it would build from a restored store that nobody has adopted, it would decide by. A process
 * that has seen the later events stops by itself, but what is started again after that knows of them by the bus alone. A bus
 * that is not there refuses nothing.
 */
export const refuseBusAhead = async (ends: Ends & { readonly log: Log }): Promise<void> => {
  try {
    await endsOf(ends);
  } catch (error) {
    if (!(error instanceof TransientFailure)) throw error;
    ends.log.warn({ error }, 'the bus cannot be compared with the store yet');
  }
};

export const busAhead = (head: Position, published: Position): TerminalFailure =>
  new TerminalFailure(
    `the bus holds events up to ${published}, the store ends at ${head}: was a backup restored? ` +
      'If so run: skerry store adopt-restored',
    { code: 'bus-ahead' },
  );
