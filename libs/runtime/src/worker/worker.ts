import { ConcurrencyConflict, TransientFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '../telemetry/log.ts';

export interface WorkerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Decides one key from state. Never called twice at once for one key. May answer when the key is to be looked at again. */
  readonly work: (key: string) => Promise<{ readonly wakeAtMs?: number } | void>;
  /** keys under way at once */
  readonly concurrency?: number;
}

export interface ParkedKey {
  readonly key: string;
  readonly reason: string;
  readonly since: Date;
}

const FIRST_BACK_OFF_MS = 50;
const LAST_BACK_OFF_MS = 10_000;

/**
 * Level-triggered work over dirty keys. A key that is marked while it is worked on is worked on again. A transient failure
 * re-queues the key with back-off and holds up no other; anything else parks the key with its reason, until it is marked
 * again by new facts or retried by a person. No key is ever dropped.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #dirty = new Set<string>();
  readonly #running = new Set<string>();
  readonly #parked = new Map<string, ParkedKey>();
  readonly #tries = new Map<string, number>();
  readonly #timers = new Map<string, { atMs: number; cancel: () => void }>();
  readonly #idle = new Set<() => void>();
  #open = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** New facts about the key. A parked key gets another chance: its reason may be gone. */
  mark(key: string): void {
    this.#dirty.add(key);
    this.#pump();
  }

  /** From now on keys are worked on; what was marked before waits until then. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** Starts nothing more and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#open = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  get depth(): number {
    return this.#dirty.size + this.#running.size;
  }

  get parked(): readonly ParkedKey[] {
    return [...this.#parked.values()];
  }

  #pump(): void {
    const limit = this.#options.concurrency ?? 64;
    if (!this.#open) return;
    for (const key of this.#dirty) {
      if (this.#running.size >= limit) return;
      if (this.#running.has(key)) continue;
      this.#dirty.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      const outcome = await this.#options.work(key);
      this.#tries.delete(key);
      this.#parked.delete(key);
      if (outcome?.wakeAtMs !== undefined) this.#wakeAt(key, outcome.wakeAtMs);
    } catch (error) {
      this.#onFailure(key, error);
    } finally {
      this.#running.delete(key);
      this.#pump();
      if (this.#running.size === 0) this.#reportIdle();
    }
  }

  #onFailure(key: string, error: unknown): void {
    if (error instanceof ConcurrencyConflict || error instanceof TransientFailure) {
      const tries = (this.#tries.get(key) ?? 0) + 1;
      this.#tries.set(key, tries);
      const told = error instanceof TransientFailure ? error.retryAfterMs : undefined;
      const delayMs = told ?? Math.min(FIRST_BACK_OFF_MS * 2 ** (tries - 1), LAST_BACK_OFF_MS);
      if (tries > 3)
        this.#options.log.warn({ worker: this.#options.name, key, tries, error }, 'decision will be tried again');
      this.#wakeAt(key, this.#options.clock.monotonicMs() + delayMs);
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#parked.set(key, { key, reason, since: this.#options.clock.now() });
    this.#options.log.error({ worker: this.#options.name, key, error }, 'key parked');
  }

  /** Only the earliest wake-up of a key is kept: the worker looks at the whole state each time. */
  #wakeAt(key: string, atMs: number): void {
    const present = this.#timers.get(key);
    if (present && present.atMs <= atMs) return;
    present?.cancel();
    const cancel = this.#options.clock.after(atMs - this.#options.clock.monotonicMs(), () => {
      this.#timers.delete(key);
      this.mark(key);
    });
    this.#timers.set(key, { atMs, cancel });
  }

  #reportIdle(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
