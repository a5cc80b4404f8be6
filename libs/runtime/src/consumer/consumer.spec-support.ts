import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { Relay } from '../relay/relay.ts';
import { silentLog } from '../telemetry/log.ts';
import { wholeCategories } from './channel-selection.ts';
import { Consumer, type ConsumerOptions } from './consumer.ts';

/** A store, a bus, a clock that the test moves, and the way from the one to the other. */
export interface Sea {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly bus: MemoryBus;
  readonly relay: Relay;
  /** One event of stream `scale-<uid>` in the given partition. */
  append(uid: string, partition?: string): Promise<StoredEvent>;
  consumer(options?: Partial<ConsumerOptions>): {
    consumer: Consumer;
    folded: StoredEvent[];
    positions: () => number[];
  };
}

export const createSea = (): Sea => {
  const clock = new VirtualClock();
  const store = createMemoryStore({ clock });
  const bus = new MemoryBus({ clock });
  return {
    clock,
    store,
    bus,
    relay: new Relay({ store: store.events, bus, clock, log: silentLog }),
    append: async (uid, partition = '1') => {
      const outcome = await store.events.append(appendOf([eventOf(`scale-${uid}`, { partition })]));
      if (outcome.kind !== 'appended') throw new Error(outcome.kind);
      return outcome.events[0]!;
    },
    consumer: (options = {}) => {
      const folded: StoredEvent[] = [];
      const consumer = new Consumer({
        name: 'test',
        selection: wholeCategories('scale'),
        store: store.events,
        bus,
        clock,
        log: silentLog,
        fold: (event) => folded.push(event),
        ...options,
      });
      return { consumer, folded, positions: () => folded.map(({ position }) => position) };
    },
  };
};
