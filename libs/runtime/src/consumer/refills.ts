import type { Clock } from '@skerry/ports/clock/clock';

export interface RefillsOptions {
  readonly clock: Clock;
  /** reads the store up to its head */
  readonly read: () => Promise<void>;
  /** something still waits behind a hole */
  readonly hasHoles: () => boolean;
  /** a read that nobody awaits failed; it is tried again */
  readonly onFailed: (error: unknown) => void;
}

/** What is only out of order fills its hole itself within this. */
const HOLE_GRACE_MS = 20;
const RETRY_MS = 500;

/** Reads of the store, one at a time and at most one that waits, however many ask. */
export class Refills {
  readonly #options: RefillsOptions;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  /** asked for whether or not there is a hole */
  #certain = false;
  #again = false;
  #stopped = false;

  constructor(options: RefillsOptions) {
    this.#options = options;
  }

  soon(): void {
    this.#certain = true;
    this.#in(0);
  }

  /** Unless the hole is filled meanwhile. */
  forHole(): void {
    this.#in(HOLE_GRACE_MS);
  }

  /** Resolves when a read that began after this call has ended. */
  async now(): Promise<void> {
    // One under way has asked for the head before us; whether it succeeds is not ours to tell.
    while (this.#running) await this.#running.catch(() => undefined);
    await this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #in(delayMs: number): void {
    if (this.#stopped) return;
    if (this.#running) this.#again = true;
    else this.#cancel ??= this.#options.clock.after(delayMs, () => this.#onTime());
  }

  #onTime(): void {
    this.#cancel = undefined;
    if (this.#stopped || this.#running || !(this.#certain || this.#options.hasHoles())) return;
    this.#run().catch((error: unknown) => {
      if (this.#stopped) return;
      this.#options.onFailed(error);
      this.#certain = true;
      this.#in(RETRY_MS);
    });
  }

  #run(): Promise<void> {
    this.#again = false;
    this.#certain = false;
    this.#running = this.#options.read().finally(() => {
      this.#running = undefined;
      if (this.#again) this.soon();
      else if (this.#options.hasHoles()) this.forHole();
    });
    return this.#running;
  }
}
