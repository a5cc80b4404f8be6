import type { Clock } from '@skerry/ports/clock/clock';

/**
 * One piece of work after another, in the order in which they came. Nobody waits longer than `patienceMs` for the one before him,
 * which then goes on beside him: it may never end, and a plain
 * queue would then stand still.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #patienceMs: number;
  #next: Promise<void> = Promise.resolve();

  constructor({ clock, patienceMs }: { clock: Pick<Clock, 'after'>; patienceMs: number }) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /** Resolves and rejects as the work does. */
  take(work: () => Promise<void>): Promise<void> {
    const before = this.#next;
    const done = before.then(work);
    this.#next = before.then(() => this.#endOf(done));
    return done;
  }

  #endOf(work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#patienceMs, resolve);
      const end = (): void => {
        cancel();
        resolve();
      };
      void work.then(end, end);
    });
  }
}
