import { ConcurrencyConflict, TransientFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '../telemetry/log.ts';
import { type Metrics, noMetrics, type WorkerFigures } from '../telemetry/metrics.ts';
import { KeyQueue } from './key-queue.ts';

export interface WorkerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Decides one key from state. Never called twice at once for one key. May answer when the key is to be looked at again. */
  readonly work: (key: string) => Promise<{ readonly wakeAtMs?: number } | void>;
  /** keys under way at once */
  readonly concurrency?: number;
  /** what the log says of a key that fails, besides the key: what it belongs to */
  readonly describe?: (key: string) => object;
}

export interface ParkedKey {
  readonly key: string;
  readonly reason: string;
  readonly since: Date;
}

const FIRST_BACK_OFF_MS = 50;
const LAST_BACK_OFF_MS = 10_000;
/** Of so many that are begun, one is of the backlog while there is news too. */
const BACKLOG_TURN = 4;

/**
 * Level-triggered work over dirty keys. A key that is marked while it is worked on is worked on again. A transient failure
 * re-queues the key with back-off and holds up no other; anything else parks the key with its reason, until it is marked
 * again by new facts or retried by a person. No key is dropped before it is said to be over (`forget`). What was marked before it was open (everything, after a
 * start) is a backlog: it goes on beside the news, but news does not wait until all of it was looked at.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #news = new KeyQueue();
  readonly #backlog = new KeyQueue();
  readonly #running = new Set<string>();
  readonly #parked = new Map<string, ParkedKey>();
  readonly #tries = new Map<string, number>();
  readonly #timers = new Map<string, { atMs: number; cancel: () => void }>();
  readonly #idle = new Set<() => void>();
  readonly #ends = { done: 0, retried: 0, parked: 0 };
  #begun = 0;
  #open = false;
  #unwatch: () => void = () => {};

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** New facts about the key. A parked key gets another chance: its reason may be gone. */
  mark(key: string): void {
    if (this.#open) {
      this.#backlog.delete(key);
      this.#news.add(key);
    } else if (!this.#news.has(key)) this.#backlog.add(key);
    this.#pump();
  }

  /** It is over: nothing that it was marked, parked or tried for is left. Marked anew, it is looked at again. */
  forget(key: string): void {
    this.#news.delete(key);
    this.#backlog.delete(key);
    this.#parked.delete(key);
    this.#tries.delete(key);
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  /** From now on keys are worked on; what was marked before waits until then. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    const { name, metrics = noMetrics } = this.#options;
    this.#unwatch = metrics.watch({ kind: 'worker', name, read: () => this.figures });
    this.#pump();
  }

  /** Starts nothing more and resolves when what runs has ended. What waited for its time is looked at when it opens again. */
  async close(): Promise<void> {
    this.#open = false;
    this.#unwatch();
    for (const [key, timer] of this.#timers) {
      timer.cancel();
      this.#backlog.add(key);
    }
    this.#timers.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  get depth(): number {
    return this.#dirty + this.#running.size;
  }

  get parked(): readonly ParkedKey[] {
    return [...this.#parked.values()];
  }

  get figures(): WorkerFigures {
    return {
      dirty: this.#dirty,
      running: this.#running.size,
      waiting: this.#timers.size,
      parked: this.#parked.size,
      ends: { ...this.#ends },
    };
  }

  #pump(): void {
    const limit = this.#options.concurrency ?? 64;
    if (!this.#open) return;
    while (this.#running.size < limit) {
      const key = this.#next();
      if (key === undefined) return;
      this.#running.add(key);
      void this.#run(key);
    }
  }

  #next(): string | undefined {
    this.#begun += 1;
    const isFree = (key: string): boolean => !this.#running.has(key);
    const [first, second] =
      this.#begun % BACKLOG_TURN === 0 ? [this.#backlog, this.#news] : [this.#news, this.#backlog];
    return first.take(isFree) ?? second.take(isFree);
  }

  get #dirty(): number {
    return this.#news.size + this.#backlog.size;
  }

  async #run(key: string): Promise<void> {
    try {
      const outcome = await this.#options.work(key);
      this.#tries.delete(key);
      this.#parked.delete(key);
      this.#ends.done += 1;
      if (outcome?.wakeAtMs !== undefined) this.#wakeAt(key, outcome.wakeAtMs);
    } catch (error) {
      this.#onFailure(key, error);
    } finally {
      this.#running.delete(key);
      this.#news.requeue(key);
      this.#backlog.requeue(key);
      this.#pump();
      if (this.#running.size === 0) this.#reportIdle();
    }
  }

  #onFailure(key: string, error: unknown): void {
    const { name, log, clock, describe } = this.#options;
    const keys = { worker: name, key, error, ...describe?.(key) };
    if (error instanceof ConcurrencyConflict || error instanceof TransientFailure) {
      const tries = (this.#tries.get(key) ?? 0) + 1;
      this.#tries.set(key, tries);
      this.#ends.retried += 1;
      if (tries > 3) log.warn({ ...keys, tries }, 'decision will be tried again');
      this.#wakeAt(key, clock.monotonicMs() + backOffMs(error, tries));
      return;
    }
    this.#tries.delete(key);
    this.#ends.parked += 1;
    const reason = error instanceof Error ? error.message : String(error);
    this.#parked.set(key, { key, reason, since: clock.now() });
    log.error(keys, 'key parked');
  }

  /** Only the earliest wake-up of a key is kept: the worker looks at the whole state each time. */
  #wakeAt(key: string, atMs: number): void {
    // Closed while it ran: a timer would outlive the close.
    if (!this.#open) return void this.#backlog.add(key);
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

const backOffMs = (error: ConcurrencyConflict | TransientFailure, tries: number): number => {
  const told = error instanceof TransientFailure ? error.retryAfterMs : undefined;
  return told ?? Math.min(FIRST_BACK_OFF_MS * 2 ** (tries - 1), LAST_BACK_OFF_MS);
};
