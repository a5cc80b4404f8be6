import { decodeAhead } from '@skerry/domain/codec';
import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import { delegate } from '../delegate.ts';

type LastRequest = Parameters<EventStore['readLastPerStream']>[0];

/** Longer than services of one process that start together are apart; what is kept until then is memory. */
const KEPT_MS = 10_000;

/**
 * For services of one process that start together: the last rows of streams up to a position, which each of them reads whole,
 * are read and decoded once. What was true up to a position stays true, so an answer that is a moment old is the answer; only
 * a store of another history answers otherwise. Whoever starts asks for the head first, and by that it is seen; a store that was
 * put back under its old name was away meanwhile. Then nothing that was kept is answered.
 */
export const sharedStarts = (store: EventStore, clock: Pick<Clock, 'after'>): EventStore => {
  const kept = new Map<string, { readonly rows: Promise<readonly StoredEvent[]>; drop: () => void }>();
  let incarnation = '';
  const forgetAll = (): void => {
    for (const { drop } of kept.values()) drop();
    kept.clear();
  };
  const head: EventStore['head'] = async () => {
    const found = await store.head();
    if (found.incarnation !== incarnation) forgetAll();
    incarnation = found.incarnation;
    return found;
  };
  const read = async (request: LastRequest): Promise<readonly StoredEvent[]> => {
    try {
      const rows = await store.readLastPerStream(request);
      decodeAhead(rows);
      return rows;
    } catch (error) {
      forgetAll();
      throw error;
    }
  };
  const readLastPerStream: EventStore['readLastPerStream'] = (request) => {
    if (request.upTo === undefined) return store.readLastPerStream(request);
    const { category, upTo, channel, prefix, afterStream, limit } = request;
    const key = JSON.stringify([category, upTo, channel, prefix, afterStream, limit]);
    const present = kept.get(key);
    if (present) return present.rows;
    const rows = read(request);
    kept.set(key, { rows, drop: clock.after(KEPT_MS, () => kept.delete(key)) });
    return rows;
  };
  return delegate(store, { readLastPerStream, head });
};
