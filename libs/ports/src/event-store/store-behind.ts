import { TerminalFailure } from '@skerry/kernel/errors';
import type { Position } from './event-store.ts';

/** The store ends before what was read of it once: a restored backup that nobody has adopted. */
export const storeBehind = ({ head, through }: { head: Position; through: Position }): TerminalFailure =>
  new TerminalFailure(
    `the store ends at ${head}, ${through} was folded from it: was a backup restored? ` +
      'If so run: skerry store adopt-restored',
    { code: 'store-behind' },
  );
