import type {
  EventRange,
  EventStore,
  ReadRequest,
  StoredEvent,
  StoreHead,
} from '@skerry/ports/event-store/event-store';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';

type Readable = Pick<EventStore, 'read' | 'head' | 'readLastPerStream'>;

/** The gateway's paths in the shape of a store: a syncer consumes as any service does, with the gateway in place of the store. */
export class HubStore implements Readable {
  readonly #hub: HubSource;

  constructor(hub: HubSource) {
    this.#hub = hub;
  }

  head(): Promise<StoreHead> {
    return this.#hub.head();
  }

  read({ after, limit = 1_000 }: ReadRequest): Promise<EventRange> {
    return this.#hub.readDesired({ after, limit: Math.min(limit, 1_000) });
  }

  readLastPerStream({
    afterStream = '',
    limit = 1_000,
  }: {
    afterStream?: string;
    limit?: number;
  }): Promise<readonly StoredEvent[]> {
    return this.#hub.readLast({ category: 'desired', afterStream, limit });
  }
}
