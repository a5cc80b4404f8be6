import { crashPoint } from '@skerry/kernel/crash-points';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore, Position } from '@skerry/ports/event-store/event-store';
import type { Log } from '../telemetry/log.ts';
import { encodeHeads, HEADS_SUBJECT, HINT_SUBJECT } from './heads.ts';

export interface RelayOptions {
  readonly store: Pick<EventStore, 'read' | 'head' | 'channelHeads' | 'onAppended'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

const POLL_MS = 250;
const HEADS_EVERY_MS = 1_000;
const PAGE = 1_000;
const RETRY_MS = 500;

/**
 * Store → bus, in position order. Where to go on is what the bus holds, not a checkpoint: after a loss of the bus's
 * storage it goes on at the store's head, since consumers refill what is older from the store.
 */
export class Relay {
  readonly #options: RelayOptions;
  #published: Position = 0;
  #running = false;
  #pumping = false;
  #again = false;
  #failure: unknown;
  #stops: (() => void | Promise<void>)[] = [];

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Throws TerminalFailure `bus-ahead` when the bus holds events that the store does not: a restored backup. */
  async start(): Promise<void> {
    await this.#align();
    this.#running = true;
    const { store, bus } = this.#options;
    const hint = await bus.subscribe(HINT_SUBJECT, () => this.#wake());
    this.#stops = [store.onAppended(() => this.#wake()), () => hint.stop()];
    this.#poll();
    this.#sendHeads();
    this.#wake();
  }

  /** The refusal of `start` without starting. */
  async check(): Promise<void> {
    await this.#align();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#stops.map((stop) => stop()));
    this.#stops = [];
  }

  get published(): Position {
    return this.#published;
  }

  get failure(): unknown {
    return this.#failure;
  }

  async #align(): Promise<void> {
    const [head, last] = await Promise.all([this.#options.store.head(), this.#options.bus.lastPublished()]);
    if (last.incarnation === head.incarnation && last.position > head.position) {
      throw new TerminalFailure(
        `the bus holds events up to ${last.position}, the store ends at ${head.position}: was a backup restored? ` +
          'If so run: skerry store adopt-restored',
        { code: 'bus-ahead' },
      );
    }
    const goesOn = last.incarnation === head.incarnation && last.position > 0;
    this.#published = goesOn ? last.position : head.position;
  }

  #wake(): void {
    if (!this.#running) return;
    if (this.#pumping) this.#again = true;
    else void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      do {
        this.#again = false;
        await this.#publishToHead();
      } while (this.#again && this.#running);
      this.#failure = undefined;
    } catch (error) {
      this.#onFailure(error);
    } finally {
      this.#pumping = false;
    }
  }

  async #publishToHead(): Promise<void> {
    const { store, bus } = this.#options;
    while (this.#running) {
      const range = await store.read({ after: this.#published, limit: PAGE });
      if (range.events.length > 0) crashPoint('before-relay');
      if (range.events.length > 0) await bus.publishEvents(range.events);
      if (range.through <= this.#published) return;
      this.#published = range.through;
      if (range.events.length < PAGE) return;
    }
  }

  #onFailure(error: unknown): void {
    if (!this.#failure) this.#options.log.warn({ error }, 'relay could not publish, trying again');
    this.#failure = error;
    this.#options.clock.after(RETRY_MS, () => this.#wake());
  }

  #poll(): void {
    if (!this.#running) return;
    this.#wake();
    this.#options.clock.after(POLL_MS, () => this.#poll());
  }

  #sendHeads(): void {
    if (!this.#running) return;
    void this.#announce().catch((error: unknown) => this.#options.log.warn({ error }, 'heads could not be sent'));
    this.#options.clock.after(HEADS_EVERY_MS, () => this.#sendHeads());
  }

  /** Heads are read before they are sent, so they never name what the relay has not read itself. */
  async #announce(): Promise<void> {
    const { head, channels } = await this.#options.store.channelHeads();
    this.#options.bus.publish(
      HEADS_SUBJECT,
      encodeHeads({ incarnation: head.incarnation, head: head.position, channels: Object.fromEntries(channels) }),
    );
  }
}
