import { crashPoint } from '@skerry/kernel/crash-points';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { ChannelHeads } from '@skerry/ports/bus/bus';
import { lastRows } from '@skerry/ports/event-store/last-rows';
import type { Position, StoredEvent, StoreHead } from '@skerry/ports/event-store/event-store';
import { storeBehind } from '@skerry/ports/event-store/store-behind';
import { decodeHeads, HEADS_SUBJECT } from '../relay/heads.ts';
import { type ConsumerFigures, noMetrics } from '../telemetry/metrics.ts';
import { selectsChannel, toReadFilter } from './channel-selection.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { HeadsWatch } from './heads-watch.ts';
import { PositionWaits } from './position-waits.ts';
import { Refills } from './refills.ts';
import { Sequencer } from './sequencer.ts';

export type { ConsumerOptions } from './consumer-options.ts';

export type ConsumerState = 'starting' | 'live' | 'stopped';

const PAGE = 1_000;
const FOLDS_PER_TURN = 500;

/**
 * Folds every event of some channels, in channel order, once, whatever the bus does. Holes, stalls and lost last messages
 * are found by `channelPrev` and by the relay's heads, and mended from the store within 3 s of the store being reachable.
 * Across channels the order is that of the store as long as nothing was lost; a fold must not depend on it.
 *
 * Start: the last event of every stream (state here is always the last event of each stream), then the tail. So the
 * time to start grows with the number of objects, not with the length of the history.
 *
 * Stops by itself, with `failure`: an event that cannot be folded; TerminalFailure `message-unreadable` for
 * something on the bus that is no event; `incarnation-changed`, or
 * `store-behind` when the store ends before what was folded from it (a restored backup).
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #sequencer: Sequencer;
  readonly #waits: PositionWaits;
  readonly #refills: Refills;
  readonly #heads: HeadsWatch;
  #stops: (() => void | Promise<void>)[] = [];
  #incarnation = '';
  #state: ConsumerState = 'starting';
  #failure: unknown;
  #folded = 0;
  #atHeadMs = 0;
  #mended = 0;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#sequencer = new Sequencer({ fold: (event) => this.#fold(event) });
    this.#waits = new PositionWaits((channel) => this.positionOf(channel));
    this.#refills = new Refills({
      clock: options.clock,
      read: () => this.#readToHead(),
      hasHoles: () => this.#sequencer.waiting > 0,
      onFailed: (error) =>
        options.log.warn({ consumer: options.name, error }, 'the store cannot be read, trying again'),
    });
    this.#heads = new HeadsWatch({
      clock: options.clock,
      selects: (channel) => selectsChannel(options.selection, channel),
      positionOf: (channel) => this.positionOf(channel),
      onMissing: () => this.#refills.soon(),
      onReached: (head) => {
        this.#sequencer.advance(head);
        this.#atHeadMs = options.clock.monotonicMs();
        this.#waits.resolve();
      },
    });
  }

  /** Resolves when everything up to the store's head as of now is folded and the bus is subscribed. May be repeated when it failed. */
  start(): Promise<void> {
    return this.#start().catch(async (error: unknown) => {
      await this.#unsubscribe();
      throw error;
    });
  }

  async #start(): Promise<void> {
    const { name, store, bus, selection, metrics = noMetrics } = this.#options;
    const { through } = this.#sequencer;
    const head = await store.head();
    // A start that is repeated must not go on from another history.
    if (this.#incarnation !== '') this.#requireSameHistory(head, through);
    this.#incarnation = head.incarnation;
    this.#atHeadMs = this.#options.clock.monotonicMs();
    this.#stops.push(metrics.watch({ kind: 'consumer', name, read: () => this.#figures() }));
    await this.#foldLastPerStream(head.position);
    this.#sequencer.advance(head.position);
    const { channels } = selection;
    const events = await bus.subscribeEvents({
      channels,
      onEvent: (event) => this.#onDelivered(event),
      onFailed: (error) => this.#fail(error),
    });
    this.#stops.push(() => events.stop());
    const heads = await bus.subscribe(HEADS_SUBJECT, (_subject, data) => this.#onHeads(data));
    this.#stops.push(() => heads.stop());
    this.#stops.push(bus.onConnection((connected) => connected && this.#refills.soon()));
    await this.catchUp();
    this.#state = 'live';
    this.#heads.start();
  }

  /** An event from the bus, or an own one at its append's acknowledgement. Repeats are dropped, holes are filled. */
  offer(event: StoredEvent): void {
    if (this.#state === 'stopped' || this.#incarnation === '') return;
    if (!selectsChannel(this.#options.selection, event.channel)) return;
    // It may also be late, or the first row of a command that was repeated after a restore: the store says which.
    if (event.incarnation !== this.#incarnation) return this.#refills.soon();
    this.#guard(() => {
      if (this.#sequencer.offer(event) === 'hole') this.#refills.forHole();
      else this.#afterFolds();
    });
  }

  /** Folds everything up to the store's head as of now. Throws when the store cannot be read or the consumer has stopped. */
  catchUp(): Promise<void> {
    return this.#refills.now();
  }

  /** Last position folded of a channel; the store's position at the last alignment when the channel was quiet. */
  positionOf(channel: string): Position {
    return this.#sequencer.positionOf(channel);
  }

  /** Resolves when the channel is folded up to the position; never, when the consumer stops before. */
  waitFor(channel: string, position: Position): Promise<void> {
    return this.#waits.for(channel, position);
  }

  /** How many events came from the store because the bus had lost or held them. */
  get mended(): number {
    return this.#mended;
  }

  get state(): ConsumerState {
    return this.#state;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** When it was last known to have folded all that the store had, in monotonic milliseconds. */
  get atHeadMs(): number {
    return this.#atHeadMs;
  }

  get through(): Position {
    return this.#sequencer.through;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#unsubscribe();
  }

  #fold(event: StoredEvent): void {
    this.#options.fold(event);
    this.#folded += 1;
  }

  #afterFolds(): void {
    this.#waits.resolve();
    this.#options.onFolded?.();
  }

  /** What was appended since `head` was read comes with the tail; folded here too, a stream would go back for a moment. */
  async #foldLastPerStream(head: Position): Promise<void> {
    const { store, selection } = this.#options;
    for (const { category, channel } of selection.streams) {
      for await (const rows of lastRows(store, { category, channel, upTo: head })) {
        // a hub's gateway is not asked up to where
        for (const row of rows) if (row.position <= head) this.#guard(() => this.#fold(row));
        this.#requireRunning();
        crashPoint('mid-snapshot');
      }
    }
  }

  #onDelivered(event: StoredEvent): void {
    this.#heads.delivered(event.position);
    this.offer(event);
  }

  #onHeads(data: Uint8Array): void {
    if (this.#state !== 'live') return;
    let heads: ChannelHeads;
    try {
      heads = decodeHeads(data);
    } catch (error) {
      // As good as none: when no others come the store is read.
      return this.#options.log.warn({ consumer: this.#options.name, error }, 'announced heads cannot be read');
    }
    if (heads.incarnation !== this.#incarnation) return this.#refills.soon();
    this.#heads.hear(heads);
  }

  async #readToHead(): Promise<void> {
    this.#requireRunning();
    const { store, selection, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const { through } = this.#sequencer;
    const head = await store.head();
    this.#requireSameHistory(head, through);
    while (this.#sequencer.through < head.position) {
      const after = this.#sequencer.through;
      const range = await store.read({ after, limit: PAGE, ...toReadFilter(selection) });
      await this.#foldRange(range.events);
      this.#requireRunning();
      if (range.through <= after) throw new TransientFailure(`the store read ended at ${after} of ${head.position}`);
      this.#sequencer.advance(range.through);
    }
    this.#guard(() => {
      this.#sequencer.drain();
      this.#afterFolds();
    });
    this.#requireRunning();
    this.#atHeadMs = askedMs;
  }

  async #foldRange(events: readonly StoredEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += FOLDS_PER_TURN) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      this.#guard(() => {
        for (const event of events.slice(at, at + FOLDS_PER_TURN)) {
          if (this.#sequencer.take(event) && this.#state === 'live') this.#mended += 1;
        }
      });
    }
  }

  /** `through`: what was folded when the head was asked for; the bus may have brought more before the answer came. */
  #requireSameHistory(head: StoreHead, through: Position): void {
    const ours = this.#incarnation;
    if (head.incarnation === ours && head.position >= through) return;
    const changed = head.incarnation !== ours;
    const failure = changed
      ? new TerminalFailure(`the store's incarnation is ${head.incarnation}, this state was built from ${ours}`, {
          code: 'incarnation-changed',
        })
      : storeBehind({ head: head.position, through });
    this.#fail(failure);
    if (changed) this.#options.onIncarnation?.(head.incarnation);
    throw failure;
  }

  #requireRunning(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'stopped') throw new TransientFailure(`consumer ${this.#options.name} was stopped`);
  }

  #guard(work: () => void): void {
    if (this.#state === 'stopped') return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#failure = error ?? new Error('a fold threw nothing');
    this.#end();
    this.#options.log.error(
      { consumer: this.#options.name, error },
      'consumer stopped: state cannot be kept up to date',
    );
    this.#options.onFailed?.(this.#failure);
  }

  #end(): void {
    this.#state = 'stopped';
    this.#heads.stop();
    this.#refills.stop();
    this.#waits.drop();
  }

  async #unsubscribe(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }

  #figures(): ConsumerFigures {
    return {
      folded: this.#folded,
      mended: this.#mended,
      lagPositions: Math.max(0, this.#heads.announced - this.#sequencer.through),
      lagSeconds: (this.#options.clock.monotonicMs() - this.#atHeadMs) / 1_000,
      live: this.#state === 'live',
    };
  }
}
