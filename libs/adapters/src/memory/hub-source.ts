import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { EventRange, EventStore, StoredEvent, StoreHead } from '@skerry/ports/event-store/event-store';
import type { ClusterOrders, HubSource } from '@skerry/ports/hub-source/hub-source';

export interface MemoryHubSourceOptions {
  readonly store: EventStore;
  readonly cluster: string;
}

/** What a syncer reads of its hub, straight from a store: the double of the gateway's paths for syncers. */
export class MemoryHubSource implements HubSource {
  readonly #options: MemoryHubSourceOptions;
  readonly #bodies = new Map<string, Uint8Array>();
  #orders: ClusterOrders = { withdrawals: undefined, restore: undefined };
  #reachable = true;

  constructor(options: MemoryHubSourceOptions) {
    this.#options = options;
  }

  async head(): Promise<StoreHead> {
    return this.#store().head();
  }

  async readDesired({ after, limit }: { after: number; limit: number }): Promise<EventRange> {
    return this.#store().read({ after, limit, channels: [`desired.${this.#options.cluster}`] });
  }

  async readLast(request: {
    category: 'desired' | 'observed';
    afterStream: string;
    limit: number;
  }): Promise<readonly StoredEvent[]> {
    const channel = `${request.category}.${this.#options.cluster}`;
    return this.#store().readLastPerStream({ ...request, channel });
  }

  async body(uid: string): Promise<Uint8Array> {
    this.#store();
    const bytes = this.#bodies.get(uid);
    if (!bytes) {
      throw new TerminalFailure(`cluster "${this.#options.cluster}" is not told a body for ${uid}`, {
        code: 'hub-404',
      });
    }
    return bytes;
  }

  async orders(): Promise<ClusterOrders> {
    this.#store();
    return this.#orders;
  }

  async close(): Promise<void> {
    this.#reachable = false;
  }

  /** Test hook: a person confirms, at this ISO time. */
  confirm(what: 'withdrawals' | 'restore', at: string): void {
    this.#orders = { ...this.#orders, [what]: at };
  }

  /** Test hook: what `body` answers, for bodies that are not in their event. */
  setBody(uid: string, bytes: Uint8Array): void {
    this.#bodies.set(uid, bytes);
  }

  /** Test hook: while unreachable every call throws TransientFailure. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
  }

  #store(): EventStore {
    if (!this.#reachable) throw new TransientFailure('the hub cannot be reached');
    return this.#options.store;
  }
}
