import type { Clock } from '@skerry/ports/clock/clock';
import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';
import type { Log } from '../telemetry/log.ts';

export interface LeadershipOptions {
  readonly name: string;
  /** unique for this process's run */
  readonly holder: string;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly onElected: (term: LeaseTerm) => void;
  /** Called once per election. Appends of the old term are refused by the store anyway; this only saves the work. */
  readonly onLost: () => void;
}

export const LEASE_TTL_MS = 3_000;
export const LEASE_RENEW_MS = 1_000;

/** Holds a lease or waits for it: one active writer and warm standbys. Safety is the store's, not this loop's. */
export class Leadership {
  readonly #options: LeadershipOptions;
  #term: LeaseTerm | undefined;
  #renewedMs = 0;
  #running = false;
  #cancel: () => void = () => {};

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get term(): LeaseTerm | undefined {
    return this.#term;
  }

  /** Resolves after the first try, elected or not. */
  async start(): Promise<void> {
    this.#running = true;
    await this.#beat();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    const term = this.#term;
    this.#lose();
    if (term) await this.#options.leases.release(term).catch((error: unknown) => this.#warn(error));
  }

  async #beat(): Promise<void> {
    try {
      await (this.#term ? this.#renew(this.#term) : this.#acquire());
    } catch (error) {
      this.#warn(error);
      if (this.#options.clock.monotonicMs() - this.#renewedMs > LEASE_TTL_MS) this.#lose();
    }
    if (this.#running) this.#cancel = this.#options.clock.after(LEASE_RENEW_MS, () => void this.#beat());
  }

  async #acquire(): Promise<void> {
    const { name, holder, leases, clock } = this.#options;
    const asked = clock.monotonicMs();
    const term = await leases.acquire({ name, holder, ttlMs: LEASE_TTL_MS });
    if (!term || !this.#running) return;
    this.#term = term;
    this.#renewedMs = asked;
    this.#options.log.info({ lease: name, term: term.term }, 'lease taken');
    this.#options.onElected(term);
  }

  async #renew(term: LeaseTerm): Promise<void> {
    const asked = this.#options.clock.monotonicMs();
    if (await this.#options.leases.renew(term, LEASE_TTL_MS)) this.#renewedMs = asked;
    else this.#lose();
  }

  #lose(): void {
    if (!this.#term) return;
    this.#options.log.warn({ lease: this.#options.name, term: this.#term.term }, 'lease given up');
    this.#term = undefined;
    this.#options.onLost();
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ lease: this.#options.name, error }, 'lease could not be renewed');
  }
}
