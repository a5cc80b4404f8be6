import type { Clock } from '@skerry/ports/clock/clock';
import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';

interface Row {
  readonly holder: string;
  readonly term: number;
  readonly expiresMs: number;
}

/** Leases in memory, by the given clock's monotonic time. */
export class MemoryLeases implements Leases {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire(request: { name: string; holder: string; ttlMs: number }): Promise<LeaseTerm | undefined> {
    const row = this.#rows.get(request.name);
    if (row && row.holder !== request.holder && row.expiresMs > this.#clock.monotonicMs()) return undefined;
    const term = (row?.term ?? 0) + 1;
    this.#rows.set(request.name, { holder: request.holder, term, expiresMs: this.#expiry(request.ttlMs) });
    return { name: request.name, holder: request.holder, term };
  }

  async renew(term: LeaseTerm, ttlMs: number): Promise<boolean> {
    const row = this.#rows.get(term.name);
    if (!row || row.term !== term.term || !this.holds(term.name, term.term)) return false;
    this.#rows.set(term.name, { ...row, expiresMs: this.#expiry(ttlMs) });
    return true;
  }

  async release(term: LeaseTerm): Promise<void> {
    const row = this.#rows.get(term.name);
    if (row?.term === term.term) this.#rows.set(term.name, { ...row, expiresMs: -Infinity });
  }

  /** what an append checks: this term is the newest and has not run out */
  holds(name: string, term: number): boolean {
    const row = this.#rows.get(name);
    return row !== undefined && row.term === term && row.expiresMs > this.#clock.monotonicMs();
  }

  #expiry(ttlMs: number): number {
    return this.#clock.monotonicMs() + ttlMs;
  }
}
