import type { Clock } from '@skerry/ports/clock/clock';
import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';
import type { Log } from '../telemetry/log.ts';
import { type Metrics, noMetrics } from '../telemetry/metrics.ts';

export interface LeadershipOptions {
  readonly name: string;
  /** unique for this process's run */
  readonly holder: string;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly onElected: (term: LeaseTerm) => void;
  /** Called once per election. Appends of the old term are refused by the store anyway; this only saves the work. */
  readonly onLost: () => void;
}

export const LEASE_TTL_MS = 3_000;
export const LEASE_RENEW_MS = 1_000;
/** A standby asks more often than a holder renews: what a crashed holder leaves is not left for long after it ran out. */
const LEASE_ASK_MS = 250;

/** Holds a lease or waits for it: one active writer and warm standbys. Safety is the store's, not this loop's. */
export class Leadership {
  readonly #options: LeadershipOptions;
  #term: LeaseTerm | undefined;
  #renewedMs = 0;
  #running = false;
  /** a request to the store that has not been answered */
  #asking: Promise<void> | undefined;
  #cancel: () => void = () => {};
  #unwatch: () => void = () => {};

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get term(): LeaseTerm | undefined {
    return this.#term;
  }

  /** Resolves after the first try, elected or not. */
  async start(): Promise<void> {
    const { name, metrics = noMetrics } = this.#options;
    this.#unwatch = metrics.watch({ kind: 'lease', name, read: () => ({ held: this.#term !== undefined }) });
    this.#running = true;
    this.#tick();
    await this.#asking;
  }

  /** Gives the lease back, so that a standby need not wait for it to run out. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    this.#unwatch();
    const term = this.#term;
    this.#lose();
    if (term) await this.#release(term);
  }

  /** Goes on while a request hangs: a holder that hears nothing gives up by its own clock. */
  #tick(): void {
    if (!this.#running) return;
    if (this.#term && this.#options.clock.monotonicMs() - this.#renewedMs > LEASE_TTL_MS) this.#lose();
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    this.#cancel = this.#options.clock.after(this.#term ? LEASE_RENEW_MS : LEASE_ASK_MS, () => this.#tick());
  }

  async #ask(): Promise<void> {
    try {
      await (this.#term ? this.#renew(this.#term) : this.#acquire());
    } catch (error) {
      this.#options.log.warn({ lease: this.#options.name, error }, 'the lease could not be asked for');
    }
  }

  async #acquire(): Promise<void> {
    const { name, holder, leases, clock } = this.#options;
    const asked = clock.monotonicMs();
    const term = await leases.acquire({ name, holder, ttlMs: LEASE_TTL_MS });
    if (!term) return;
    // The answer came after we stopped or so late that it may have run out: somebody else shall have it.
    if (!this.#running || clock.monotonicMs() - asked > LEASE_TTL_MS) return await this.#release(term);
    this.#term = term;
    this.#renewedMs = asked;
    this.#options.log.info({ lease: name, term: term.term }, 'lease taken');
    this.#options.onElected(term);
  }

  async #renew(term: LeaseTerm): Promise<void> {
    const asked = this.#options.clock.monotonicMs();
    if (await this.#options.leases.renew(term, LEASE_TTL_MS)) this.#renewedMs = asked;
    else if (this.#term === term) this.#lose();
  }

  async #release(term: LeaseTerm): Promise<void> {
    await this.#options.leases.release(term).catch((error: unknown) => {
      this.#options.log.warn({ lease: term.name, error }, 'the lease could not be given back, it runs out');
    });
  }

  #lose(): void {
    if (!this.#term) return;
    this.#options.log.warn({ lease: this.#options.name, term: this.#term.term }, 'lease given up');
    this.#term = undefined;
    this.#options.onLost();
  }
}
