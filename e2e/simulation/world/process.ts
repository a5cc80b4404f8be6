import type { Clock } from '@skerry/ports/clock/clock';
import type { Timeline } from './timeline.ts';

/**
 * One process of the simulated fleet. Everything that reaches it from outside (a timer, a message, an answer) passes `run`:
 * what is dead hears nothing for ever, what is paused hears everything late and in order. Killed only between steps.
 */
export class Process {
  readonly name: string;
  readonly #timeline: Timeline;
  readonly #late: (() => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  #isAlive = true;
  #isPaused = false;
  /** of its wall clock */
  jumpMs = 0;

  constructor(name: string, timeline: Timeline) {
    this.name = name;
    this.#timeline = timeline;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  run(work: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isPaused) this.#late.push(work);
    else work();
  }

  /** The answer of somebody else, after it has been on its way for so long. An answer to the dead never comes. */
  async answer<T>(value: Promise<T>, delayMs = 0): Promise<T> {
    // two who undo each other's work without time passing would never let the step end
    if (!this.#timeline.happens()) return new Promise(() => {});
    const outcome = await value.then(
      (taken) => () => taken,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (delayMs > 0) await this.#timeline.sleep(delayMs);
    if (!this.#isAlive || this.#isPaused) await new Promise<void>((resolve) => this.run(resolve));
    return outcome();
  }

  /** What it has sent is on its way so long, also while it is paused. What the dead had sent is lost: see docs/explanation/simulation.md. */
  async sent(delayMs: number): Promise<void> {
    await this.#timeline.sleep(delayMs);
    if (!this.#isAlive) await new Promise<never>(() => {});
  }

  onEnd(work: () => void): void {
    this.#onEnd.push(work);
  }

  kill(): void {
    this.#isAlive = false;
    this.#late.length = 0;
    for (const work of this.#onEnd.splice(0)) work();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const work of this.#late.splice(0)) this.#timeline.after(0, () => this.run(work));
  }

  /** Monotonic time is everybody's, also while a process is stopped; wall-clock time is its own. */
  readonly clock: Clock = {
    now: () => this.#timeline.date(this.jumpMs),
    monotonicMs: () => this.#timeline.nowMs,
    after: (delayMs, wake) => this.#timeline.after(delayMs, () => this.run(wake)),
  };
}
