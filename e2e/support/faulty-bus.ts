import type { Bus } from '@skerry/ports/bus/bus';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';

type Heard = Pick<Bus, 'subscribeEvents' | 'subscribe' | 'onConnection'>;

/** What becomes of one event on its way to the consumer: the events that are delivered in its place. */
export type Fault = (event: StoredEvent) => readonly StoredEvent[];

/** A real bus whose events a test loses, repeats and swaps before a consumer sees them. */
export const faultyBus = (bus: Bus, fault: Fault): Heard => ({
  subscribeEvents: ({ onEvent, ...request }) =>
    bus.subscribeEvents({ ...request, onEvent: (event) => fault(event).forEach(onEvent) }),
  subscribe: (subject, onMessage) => bus.subscribe(subject, onMessage),
  onConnection: (listener) => bus.onConnection(listener),
});

/** One in ten lost, one in ten repeated, one in ten kept back behind the next few; the same every time. */
export const stormyWeather = (seed: number): Fault => {
  let state = seed;
  const dice = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const kept: StoredEvent[] = [];
  return (event) => {
    const roll = dice();
    if (roll < 0.1) return [];
    if (roll < 0.2) return [event, event];
    if (roll < 0.3) kept.push(event);
    if (roll < 0.3) return [];
    return kept.length > 3 ? [event, ...kept.splice(0).reverse()] : [event];
  };
};
