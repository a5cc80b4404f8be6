import type { AppendOutcome, AppendRequest, EventStore } from '@skerry/ports/event-store/event-store';
import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';
import type { Link } from './faults.ts';

/** The store as one process sees it. `onAppend` hears of each append that was done, before its answer. */
export const storeThrough = (
  link: Link,
  { store, onAppend }: { store: EventStore; onAppend: (request: AppendRequest, outcome: AppendOutcome) => void },
): EventStore => ({
  append: (request) =>
    link.call('append', async () => {
      const outcome = await store.append(request);
      onAppend(request, outcome);
      return outcome;
    }),
  read: (request) => link.call('read', () => store.read(request)),
  readStream: (stream, afterVersion) => link.call('read', () => store.readStream(stream, afterVersion)),
  readLastPerStream: (request) => link.call('read', () => store.readLastPerStream(request)),
  streamVersion: (stream) => link.call('read', () => store.streamVersion(stream)),
  head: () => link.call('head', () => store.head()),
  channelHeads: () => link.call('heads', () => store.channelHeads()),
  onAppended: (listener) => {
    const stop = store.onAppended((head) => {
      // a hint: it may come late or never
      if (link.weather.lost === 0 || !link.random.chance(link.weather.lost)) link.process.run(() => listener(head));
    });
    link.process.onEnd(stop);
    return stop;
  },
  close: async () => {},
});

/** `onTaken`: a lease was given to this process. */
export const leasesThrough = (
  link: Link,
  { leases, onTaken }: { leases: Leases; onTaken: (term: LeaseTerm) => void },
): Leases => ({
  acquire: (request) =>
    link.call('lease', async () => {
      const term = await leases.acquire(request);
      if (term) onTaken(term);
      return term;
    }),
  renew: (term, ttlMs) => link.call('lease', () => leases.renew(term, ttlMs)),
  release: (term) => link.call('lease', () => leases.release(term)),
});
