import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';
import type { Database } from './database.ts';

/** An answer that comes later than a lease runs out says nothing: better asked again, over another connection. */
const LEASE_ANSWER_MS = 3_000;

/** Leases by the database's clock. One changes hands under the append lock, so never in the middle of an append. */
export class PostgresLeases implements Leases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async acquire(request: { name: string; holder: string; ttlMs: number }): Promise<LeaseTerm | undefined> {
    const { name, holder, ttlMs } = request;
    const term = await this.#call('acquire_lease', [name, holder, Math.round(ttlMs)]);
    return term === null ? undefined : { name, holder, term: term as number };
  }

  async renew(term: LeaseTerm, ttlMs: number): Promise<boolean> {
    return (await this.#call('renew_lease', [term.name, term.term, Math.round(ttlMs)])) as boolean;
  }

  async release(term: LeaseTerm): Promise<void> {
    await this.#call('release_lease', [term.name, term.term]);
  }

  async #call(name: string, values: (string | number)[]): Promise<unknown> {
    const places = values.map((_, index) => `$${index + 1}`).join(', ');
    const rows = await this.#database.rows(`lease ${values[0]}`, {
      text: `SELECT ${name}(${places})`,
      ...{ values, name, answerWithinMs: LEASE_ANSWER_MS },
    });
    return rows[0]![0];
  }
}
