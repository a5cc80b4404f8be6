import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { Bus, ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { ReportQueue } from './report-queue.ts';
import { systemClock } from './system-clock.ts';

/** What a test lets happen to one event on its way to one subscription. `hold` keeps it until `releaseHeld`, `spoil` makes it unreadable. */
export type Delivery = 'deliver' | 'drop' | 'repeat' | 'hold' | 'spoil';

interface EventSubscriber {
  readonly channels: readonly string[];
  readonly onEvent: (event: StoredEvent) => void;
  readonly onFailed: (error: unknown) => void;
}

/** The bus in memory. Delivery is asynchronous (a microtask) and in order, unless a test asks for worse. */
export class MemoryBus implements Bus {
  readonly #events: StoredEvent[] = [];
  readonly #eventSubscribers = new Set<EventSubscriber>();
  readonly #subscribers = new Set<{
    pattern: readonly string[];
    onMessage: (subject: string, data: Uint8Array) => void;
  }>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  readonly #reports: ReportQueue;
  #held: (() => void)[] = [];
  #paused = false;
  #connected = true;
  #fault: (event: StoredEvent) => Delivery = () => 'deliver';

  constructor(options: { clock?: Clock } = {}) {
    this.#reports = new ReportQueue(options.clock ?? systemClock);
  }

  async publishEvents(events: readonly StoredEvent[]): Promise<void> {
    this.#reach();
    for (const event of events) {
      const last = this.#events.at(-1);
      if (last && last.incarnation === event.incarnation && last.position >= event.position) continue;
      this.#events.push(event);
      for (const subscriber of this.#eventSubscribers) {
        if (subscriber.channels.some((channel) => covers(channel, event))) this.#deliver(subscriber, event);
      }
    }
  }

  async subscribeEvents(request: EventSubscriber): Promise<Subscription> {
    this.#eventSubscribers.add(request);
    return { stop: async () => void this.#eventSubscribers.delete(request) };
  }

  async lastPublished(): Promise<{ position: number; incarnation: string }> {
    this.#reach();
    return this.end;
  }

  /** What was published last, known without being asked for. */
  get end(): { position: number; incarnation: string } {
    const last = this.#events.at(-1);
    return { position: last?.position ?? 0, incarnation: last?.incarnation ?? '' };
  }

  async publishReport(report: ReportMessage): Promise<void> {
    this.#reach();
    this.#reports.add({ cluster: report.cluster, data: Uint8Array.from(report.data) });
  }

  async subscribeReports(onReport: (report: ReportMessage) => Promise<void>): Promise<Subscription> {
    return this.#reports.consume(onReport);
  }

  publish(subject: string, data: Uint8Array): void {
    if (!this.#connected) return;
    for (const { pattern, onMessage } of this.#subscribers) {
      if (matches(pattern, subject)) queueMicrotask(() => onMessage(subject, data));
    }
  }

  async subscribe(subject: string, onMessage: (subject: string, data: Uint8Array) => void): Promise<Subscription> {
    const subscriber = { pattern: subject.split('.'), onMessage };
    this.#subscribers.add(subscriber);
    return { stop: async () => void this.#subscribers.delete(subscriber) };
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => void this.#connectionListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#eventSubscribers.clear();
    this.#subscribers.clear();
    this.#connectionListeners.clear();
    this.#reports.close();
  }

  /** Test hook: asked for every event and subscription; without an argument all is well again. */
  setFault(fault: (event: StoredEvent) => Delivery = () => 'deliver'): void {
    this.#fault = fault;
  }

  /** Test hook: delivers what was held, in order or reversed. */
  releaseHeld(order: 'in-order' | 'reversed' = 'in-order'): void {
    const held = order === 'reversed' ? this.#held.reverse() : this.#held;
    this.#held = [];
    for (const deliver of held) queueMicrotask(deliver);
  }

  /** Test hook: while paused nothing is delivered and nothing lost; `resume` delivers it in order. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.releaseHeld();
  }

  /** Test hook: the event stream is gone, as after a deleted storage. */
  loseStorage(): void {
    this.#events.length = 0;
  }

  /** Test hook: while disconnected publishing throws TransientFailure and core messages are lost. */
  setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#connectionListeners) listener(connected);
  }

  #deliver(subscriber: EventSubscriber, event: StoredEvent): void {
    const fate = this.#fault(event);
    const deliver = (): void => {
      if (!this.#eventSubscribers.has(subscriber)) return;
      try {
        if (fate === 'spoil') throw new TerminalFailure('a message is no event', { code: 'message-unreadable' });
        subscriber.onEvent(event);
      } catch (error) {
        this.#eventSubscribers.delete(subscriber);
        subscriber.onFailed(error);
      }
    };
    if (fate === 'drop') return;
    if (fate === 'hold' || this.#paused) return void this.#held.push(deliver);
    queueMicrotask(deliver);
    if (fate === 'repeat') queueMicrotask(deliver);
  }

  #reach(): void {
    if (!this.#connected) throw new TransientFailure('the bus cannot be reached');
  }
}

const covers = (channel: string, event: StoredEvent): boolean =>
  channel === event.channel || channel === `${event.category}.*`;

const matches = (pattern: readonly string[], subject: string): boolean => {
  const tokens = subject.split('.');
  return tokens.length === pattern.length && pattern.every((token, index) => token === '*' || token === tokens[index]);
};
