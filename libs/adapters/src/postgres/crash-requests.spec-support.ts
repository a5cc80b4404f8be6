import type { AppendRequest } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';

/** The same command always asks for the same three events, two of them on a stream that others write to as well. */
export const crashRequest = (command: string): AppendRequest =>
  appendOf([eventOf(`placement-${command}`), eventOf('scale-shared'), eventOf('scale-shared')], {
    commandId: command,
    expected: [{ stream: `placement-${command}`, version: 0 }],
  });
