import type { Bus } from '@skerry/ports/bus/bus';
import type { Position } from '@skerry/ports/event-store/event-store';

export const HINT_SUBJECT = 'hint';

/** A store that can be told that another process has appended. */
export interface HintedStore {
  /** own appends only: what was heard from others is not sent on */
  onOwnAppended(listener: (head: Position) => void): () => void;
  /** tells everybody who listens to `onAppended` */
  hear(head: Position): void;
}

/**
 * Lets processes hear of one another's appends at once. Fire and forget: whoever misses a hint looks by itself.
 * Answers how to stop.
 */
export const shareHints = async (store: HintedStore, bus: Pick<Bus, 'publish' | 'subscribe'>): Promise<() => void> => {
  const stop = store.onOwnAppended((head) => bus.publish(HINT_SUBJECT, encodeHint(head)));
  const hearing = await bus.subscribe(HINT_SUBJECT, (_subject, data) => store.hear(decodeHint(data)));
  return () => {
    stop();
    void hearing.stop();
  };
};

const encodeHint = (head: Position): Uint8Array => Buffer.from(String(head));
/** Somebody else's message is no position: 0, which nobody hears. One that is too high makes one look in vain. */
const decodeHint = (data: Uint8Array): Position => {
  const position = Number(Buffer.from(data).toString());
  return Number.isSafeInteger(position) ? position : 0;
};
