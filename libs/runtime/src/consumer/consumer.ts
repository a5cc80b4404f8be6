import { crashPoint } from '@skerry/kernel/crash-points';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Bus, ChannelHeads, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore, Position, StoredEvent } from '@skerry/ports/event-store/event-store';
import { decodeHeads, HEADS_SUBJECT } from '../relay/heads.ts';
import type { Log } from '../telemetry/log.ts';
import { type ChannelSelection, selectsChannel, toReadFilter } from './channel-selection.ts';
import { Sequencer } from './sequencer.ts';

export interface ConsumerOptions {
  readonly name: string;
  readonly selection: ChannelSelection;
  readonly store: Pick<EventStore, 'read' | 'head' | 'readLastPerStream'>;
  readonly bus: Pick<Bus, 'subscribeEvents' | 'subscribe' | 'onConnection'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Folds one event into state. What it throws stops the consumer: folding is never skipped. */
  readonly fold: (event: StoredEvent) => void;
  /** called after a batch was folded */
  readonly onFolded?: () => void;
  /** the store's incarnation changed under us: state has to be built anew */
  readonly onIncarnation?: (incarnation: string) => void;
}

export type ConsumerState = 'starting' | 'live' | 'stopped';

/** How long a channel may lag behind announced heads, or heads may stay away, before the store is read instead. */
const LAG_GRACE_MS = 400;
const HEADS_OVERDUE_MS = 2_000;
const PAGE = 1_000;
const FOLDS_PER_TURN = 500;

/**
 * Folds every event of some channels, in channel order, once, whatever the bus does. Holes, stalls and lost last messages
 * are found by `channelPrev` and by the relay's heads, and mended from the store. Across channels the order is that of
 * the store as long as nothing was lost; a fold must not depend on it.
 *
 * Start: the last event of every stream (state here is always the last event of each stream), then the tail. So the
 * time to start grows with the number of objects, not with the length of the history.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #sequencer: Sequencer;
  readonly #waiting = new Set<{ channel: string; position: Position; resolve: () => void }>();
  #subscriptions: Subscription[] = [];
  #cancelTimer: () => void = () => {};
  #refilling: Promise<void> | undefined;
  #refillAgain = false;
  #lastHeadsMs = 0;
  #incarnation = '';
  #state: ConsumerState = 'starting';
  #failure: unknown;
  #mended = 0;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#sequencer = new Sequencer({ fold: (event) => this.#foldOne(event) });
  }

  /** Resolves when everything up to the store's head as of now is folded and the bus is subscribed. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { store, bus, selection } = this.#options;
    const head = await store.head();
    this.#incarnation = head.incarnation;
    await this.#foldLastPerStream();
    this.#sequencer.advance(head.position);
    this.#subscriptions = [
      await bus.subscribeEvents({ channels: selection.channels, onEvent: (event) => this.offer(event) }),
      await bus.subscribe(HEADS_SUBJECT, (_subject, data) => this.#onHeads(decodeHeads(data))),
    ];
    await this.#refill();
    if (this.#state === 'starting') this.#state = 'live';
    this.#lastHeadsMs = this.#options.clock.monotonicMs();
    this.#watch();
  }

  /** An event from the bus, or an own one at its append's acknowledgement. Repeats are dropped, holes are filled. */
  offer(event: StoredEvent): void {
    if (this.#state === 'stopped' || !selectsChannel(this.#options.selection, event.channel)) return;
    if (event.incarnation !== this.#incarnation) return this.#onOtherIncarnation(event.incarnation);
    this.#guard(() => {
      if (this.#sequencer.offer(event) === 'hole') this.#refillSoon(0);
      else this.#folded();
    });
  }

  /** Folds everything up to the store's head as of now. */
  async catchUp(): Promise<void> {
    while (this.#refilling) await this.#refilling;
    await this.#refill();
  }

  /** Last position folded of a channel; the store's position at the last alignment when the channel was quiet. */
  positionOf(channel: string): Position {
    return this.#sequencer.positionOf(channel);
  }

  /** Resolves when the channel is folded up to the position. */
  async waitFor(channel: string, position: Position): Promise<void> {
    if (this.positionOf(channel) >= position) return;
    await new Promise<void>((resolve) => this.#waiting.add({ channel, position, resolve }));
  }

  get state(): ConsumerState {
    return this.#state;
  }

  get failure(): unknown {
    return this.#failure;
  }

  get through(): Position {
    return this.#sequencer.through;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  /** How many times the store had to be read because the bus had lost something. */
  get mended(): number {
    return this.#mended;
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancelTimer();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
  }

  #foldOne(event: StoredEvent): void {
    this.#options.fold(event);
  }

  #folded(): void {
    for (const wait of this.#waiting) {
      if (this.positionOf(wait.channel) >= wait.position) {
        this.#waiting.delete(wait);
        wait.resolve();
      }
    }
    this.#options.onFolded?.();
  }

  async #foldLastPerStream(): Promise<void> {
    const { store, selection } = this.#options;
    for (const { category, channel } of selection.streams) {
      let afterStream = '';
      for (;;) {
        const rows = await store.readLastPerStream({ category, channel, afterStream, limit: PAGE });
        for (const row of rows) this.#guard(() => this.#foldOne(row));
        if (this.#failure) throw this.#failure;
        crashPoint('mid-snapshot');
        if (rows.length < PAGE) break;
        afterStream = rows.at(-1)!.stream;
      }
    }
  }

  #onHeads(heads: ChannelHeads): void {
    if (this.#state !== 'live') return;
    if (heads.incarnation !== this.#incarnation) return this.#onOtherIncarnation(heads.incarnation);
    this.#lastHeadsMs = this.#options.clock.monotonicMs();
    if (this.#isBehind(heads))
      this.#options.clock.after(LAG_GRACE_MS, () => this.#isBehind(heads) && this.#refillSoon(0));
    else this.#sequencer.advance(heads.head);
  }

  #isBehind(heads: ChannelHeads): boolean {
    return Object.entries(heads.channels).some(
      ([channel, position]) => selectsChannel(this.#options.selection, channel) && this.positionOf(channel) < position,
    );
  }

  /** Without heads (no relay, no bus) the store is read by itself, so that a consumer is late but never stuck. */
  #watch(): void {
    this.#cancelTimer = this.#options.clock.after(1_000, () => {
      if (this.#state !== 'live') return;
      if (this.#options.clock.monotonicMs() - this.#lastHeadsMs > HEADS_OVERDUE_MS) this.#refillSoon(0);
      this.#watch();
    });
  }

  #refillSoon(delayMs: number): void {
    if (this.#refilling) {
      this.#refillAgain = true;
      return;
    }
    this.#options.clock.after(delayMs, () => {
      if (this.#state === 'stopped' || this.#refilling) return;
      this.#refill().catch((error: unknown) => {
        this.#options.log.warn({ consumer: this.#options.name, error }, 'refill from the store failed, trying again');
        this.#refillSoon(500);
      });
    });
  }

  async #refill(): Promise<void> {
    this.#refilling = this.#readToHead();
    try {
      await this.#refilling;
    } finally {
      this.#refilling = undefined;
    }
    if (this.#refillAgain) {
      this.#refillAgain = false;
      this.#refillSoon(0);
    }
  }

  async #readToHead(): Promise<void> {
    const { store, selection } = this.#options;
    const head = await store.head();
    if (head.incarnation !== this.#incarnation) return this.#onOtherIncarnation(head.incarnation);
    while (this.#sequencer.through < head.position && this.#state !== 'stopped') {
      const range = await store.read({ after: this.#sequencer.through, limit: PAGE, ...toReadFilter(selection) });
      await this.#foldRange(range.events);
      if (this.#failure) throw this.#failure;
      if (range.through <= this.#sequencer.through) break;
      this.#sequencer.advance(range.through);
    }
    this.#guard(() => this.#sequencer.drain());
    this.#folded();
  }

  async #foldRange(events: readonly StoredEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += FOLDS_PER_TURN) {
      this.#guard(() => {
        for (const event of events.slice(at, at + FOLDS_PER_TURN)) {
          if (this.#sequencer.take(event) && this.#state === 'live') this.#mended += 1;
        }
      });
      if (events.length > FOLDS_PER_TURN) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #onOtherIncarnation(incarnation: string): void {
    if (this.#state === 'stopped') return;
    this.#fail(
      new TerminalFailure(`the store's incarnation is ${incarnation}, this state was built from ${this.#incarnation}`, {
        code: 'incarnation-changed',
      }),
    );
    this.#options.onIncarnation?.(incarnation);
  }

  #guard(work: () => void): void {
    if (this.#failure) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#state = 'stopped';
    this.#cancelTimer();
    this.#options.log.error({ consumer: this.#options.name, error }, 'consumer stopped: an event could not be folded');
  }
}
