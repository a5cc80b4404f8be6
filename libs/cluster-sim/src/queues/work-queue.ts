import { ObjectStoreError } from '@skerry/ports/object-store/object-store';
import type { Clock } from '@skerry/ports/clock/clock';

/** So many are looked at in one go before others get a turn: 5 to 10 ms. */
const KEYS_PER_TURN = 100;

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly work: (key: string) => Promise<void> | void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Keys that have to be looked at: first come, first served, each once however often it was marked. Work begins by itself
 * after the present turn; a key that met somebody else's write is looked at again.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #keys = new Set<string>();
  #running = false;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  mark(key: string): void {
    this.#keys.add(key);
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void Promise.resolve().then(() => this.#drain());
  }

  stop(): void {
    this.#stopped = true;
    this.#keys.clear();
  }

  get isIdle(): boolean {
    return !this.#running;
  }

  async #drain(): Promise<void> {
    let done = 0;
    for (const key of this.#keys) {
      this.#keys.delete(key);
      try {
        await this.#options.work(key);
      } catch (error) {
        this.#failed(key, error);
      }
      if (++done % KEYS_PER_TURN === 0) await new Promise<void>((resolve) => this.#options.clock.after(0, resolve));
      if (this.#stopped) return;
    }
    this.#running = false;
  }

  #failed(key: string, error: unknown): void {
    if (this.#stopped) return;
    if (error instanceof ObjectStoreError) this.#keys.add(key);
    else this.#options.onFailure(error);
  }
}
