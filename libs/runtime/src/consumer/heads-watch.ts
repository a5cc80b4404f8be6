import type { ChannelHeads } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Position } from '@skerry/ports/event-store/event-store';

export interface HeadsWatchOptions {
  readonly clock: Clock;
  readonly selects: (channel: string) => boolean;
  readonly positionOf: (channel: string) => Position;
  /** something that was announced does not come, or nothing is announced: the store has to be read */
  readonly onMissing: () => void;
  /** all that was announced is folded */
  readonly onReached: (head: Position) => void;
}

/** How long a channel may lag behind announced heads, or heads may stay away, before the store is read instead. */
const LAG_GRACE_MS = 400;
const HEADS_OVERDUE_MS = 1_500;
const WATCH_MS = 500;
/** Heads in a row for which a slow bus is waited for. */
const PATIENCE = 2;

/** Compares what the relay announces with what is folded: a lost last message, a stalled bus, an absent relay. */
export class HeadsWatch {
  readonly #options: HeadsWatchOptions;
  #cancelWatch: () => void = () => {};
  #cancelGrace: () => void = () => {};
  #heardMs = 0;
  #announced: Position = 0;
  #delivered: Position = 0;
  #waited = 0;

  constructor(options: HeadsWatchOptions) {
    this.#options = options;
  }

  /** The last announced position of the store. */
  get announced(): Position {
    return this.#announced;
  }

  start(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#watch();
  }

  stop(): void {
    this.#cancelWatch();
    this.#cancelGrace();
  }

  /** The bus brought this, news or not. */
  delivered(position: Position): void {
    this.#delivered = position;
  }

  hear(heads: ChannelHeads): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#announced = heads.head;
    this.#cancelGrace();
    if (this.#lag(heads) === 0) {
      this.#waited = 0;
      return this.#options.onReached(heads.head);
    }
    const deliveredThen = this.#delivered;
    this.#cancelGrace = this.#options.clock.after(LAG_GRACE_MS, () => this.#onGraceOver(heads, deliveredThen));
  }

  #onGraceOver(heads: ChannelHeads, deliveredThen: Position): void {
    const lag = this.#lag(heads);
    if (lag === 0) return this.#options.onReached(heads.head);
    // A bus that is only slow brings in order what has not come yet: reading the store at once would slow both.
    const isComing = this.#delivered !== deliveredThen && this.#delivered < lag;
    this.#waited = isComing && this.#waited < PATIENCE ? this.#waited + 1 : 0;
    if (this.#waited === 0) this.#options.onMissing();
  }

  /** The earliest announced position of a channel that is not folded so far, 0 when all are. */
  #lag({ channels }: ChannelHeads): Position {
    const { selects, positionOf } = this.#options;
    let earliest = 0;
    for (const [channel, position] of Object.entries(channels)) {
      if (!selects(channel) || positionOf(channel) >= position) continue;
      if (earliest === 0 || position < earliest) earliest = position;
    }
    return earliest;
  }

  /** Without heads (no relay, no bus) the store is read by itself, so that a consumer is late but never stuck. */
  #watch(): void {
    this.#cancelWatch = this.#options.clock.after(WATCH_MS, () => {
      if (this.#options.clock.monotonicMs() - this.#heardMs > HEADS_OVERDUE_MS) this.#options.onMissing();
      this.#watch();
    });
  }
}
