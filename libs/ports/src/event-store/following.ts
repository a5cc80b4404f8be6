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
  /** what `read` threw; it is tried again at the next look, or hint */
  readonly onFailed: (error: unknown) => void;
}

const LOOK_EVERY_MS = 250;

/**
 * When somebody who follows the store reads it: up to the head that hints tell of, and, since a hint may come late or never, at a
 * look four times a second, unless something has come since the one before: so a row whose hint is lost waits half a second
 * at most. One read at a time. Not at every look, and not for a hint of what is read already: under load there always is more,
 * rows that are just being committed, which a process that appends itself has in memory a moment later.
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
    this.#cancelLook = this.#options.clock.after(LOOK_EVERY_MS, () => this.#look());
    if (this.#seen === this.#options.through()) this.#asked = true;
    this.#seen = this.#options.through();
    this.#go();
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
      this.#asked = true;
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
    // Nothing is there: the hint was nobody's who appends to this store. True ones that it hid are found by a look.
    if (through() === before && this.#told === told) this.#told = before;
  }
}
