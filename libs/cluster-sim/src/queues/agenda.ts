import type { Clock } from '@skerry/ports/clock/clock';

const TICK_MS = 10;

/**
 * What has to be looked at later. Times are rounded up to ticks, so that a thousand pods that get ready at about the same
 * time are one timer and one batch.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #due: (keys: Iterable<string>) => void;
  readonly #ticks = new Map<number, Set<string>>();
  #armedFor = Infinity;
  #cancel: () => void = () => {};

  constructor(clock: Clock, due: (keys: Iterable<string>) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(delayMs: number, key: string): void {
    const tick = Math.ceil((this.#clock.monotonicMs() + delayMs) / TICK_MS);
    const keys = this.#ticks.get(tick);
    if (keys === undefined) this.#ticks.set(tick, new Set([key]));
    else keys.add(key);
    if (tick < this.#armedFor) this.#arm(tick);
  }

  clear(): void {
    this.#cancel();
    this.#ticks.clear();
    this.#armedFor = Infinity;
  }

  #arm(tick: number): void {
    this.#cancel();
    this.#armedFor = tick;
    this.#cancel = this.#clock.after(Math.max(0, tick * TICK_MS - this.#clock.monotonicMs()), () => this.#fire());
  }

  #fire(): void {
    this.#armedFor = Infinity;
    // A timer may be early by a fraction of a millisecond; what it was set for counts as due.
    const now = (this.#clock.monotonicMs() + 1) / TICK_MS;
    const dueTicks = [...this.#ticks.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of dueTicks) {
      const keys = this.#ticks.get(tick)!;
      this.#ticks.delete(tick);
      this.#due(keys);
    }
    let next = Infinity;
    for (const tick of this.#ticks.keys()) if (tick < next) next = tick;
    if (next !== Infinity && next < this.#armedFor) this.#arm(next);
  }
}
