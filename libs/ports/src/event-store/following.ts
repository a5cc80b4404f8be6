import type { Clock } from '../clock/clock.ts';
import type { Position } from './event-store.ts';

export interface FollowingOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** how far the reader has come */
  readonly through: () => Position;
  /** Reads what comes next and answers whether there may be more: the page was full. */
  readonly read: () => Promise<boolean>;
  /** all that was told of is read */
  readonly onCaughtUp?: () => void;
  /** what `read` threw; it is tried again within a quarter of a second */
  readonly onFailed: (error: unknown) => void;
}

const LOOK_EVERY_MS = 250;

/**
 * When somebody who follows the store reads it: up to the head that hints tell of, and, since a hint may come late or never,
 * whenever a quarter of a second has brought nothing. One read at a time. Only then, and not for a hint of what is read
 * already: a look finds rows that are just being committed, and this process has them in memory in a moment.
 */
export class Following {
  readonly #options: FollowingOptions;
  #told: Position = 0;
  #asked = false;
  #reading = false;
  #open = false;
  /** as of the last look */
  #seen: Position = 0;
  #cancelLook = (): void => undefined;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Reads to the head, and on from there. Before that nothing is read; hints are remembered. */
  start(): void {
    this.#open = true;
    this.#seen = this.#options.through();
    this.#look();
  }

  /** The store is said to reach up to there; what is no position is not heard. */
  hear(head: Position): void {
    if (!(head > this.#told)) return;
    this.#told = head;
    this.#go();
  }

  /** Nothing is read any more; what is under way is the reader's. */
  stop(): void {
    this.#open = false;
    this.#cancelLook();
  }

  get reading(): boolean {
    return this.#reading;
  }

  #look(): void {
    if (this.#seen === this.#options.through()) this.#asked = true;
    this.#seen = this.#options.through();
    this.#go();
    this.#cancelLook = this.#options.clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  #go(): void {
    if (!this.#reading && this.#isDue()) void this.#readOn();
  }

  #isDue(): boolean {
    return this.#open && (this.#asked || this.#told > this.#options.through());
  }

  async #readOn(): Promise<void> {
    const { onCaughtUp, onFailed } = this.#options;
    this.#reading = true;
    try {
      while (this.#isDue()) await this.#readOnce();
      if (this.#open) onCaughtUp?.();
    } catch (error) {
      onFailed(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readOnce(): Promise<void> {
    const { through, read } = this.#options;
    const [before, told] = [through(), this.#told];
    this.#asked = false;
    if (await read()) this.#asked = true;
    // Nothing is there: the hint was nobody's who appends to this store.
    if (through() === before && this.#told === told) this.#told = before;
  }
}
