import type { AppendOutcome, AppendRequest, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Leases } from '@skerry/ports/lease/lease';
import type { Instance } from '../world/hub.ts';
import type { Facts } from './promise.ts';

/** Services with one active writer. */
const LEASED = new Set(['clusters', 'replicas', 'rollout']);

interface LeaseHolds {
  holds(name: string, term: number): boolean;
}

/** What the store takes, from whom. */
export class StorePromises {
  readonly #facts: Facts;
  readonly #leases: Leases & LeaseHolds;
  /** by process: the term of the lease that it was given last */
  readonly #terms = new Map<string, number>();
  /** by key of a user's command: how many events it came to */
  readonly #commands = new Map<string, number>();

  constructor(facts: Facts, leases: Leases & LeaseHolds) {
    this.#facts = facts;
    this.#leases = leases;
  }

  leaseTaken({ by, term }: { by: Instance; term: number }): void {
    this.#terms.set(by.process.name, term);
  }

  /** Only the present holder of a lease appends. */
  appended({ by, outcome }: { by: Instance; request: AppendRequest; outcome: AppendOutcome }): void {
    if (outcome.kind !== 'appended' || !LEASED.has(by.service)) return;
    const term = this.#terms.get(by.process.name);
    if (term !== undefined && this.#leases.holds(by.service, term)) return;
    const types = outcome.events.map(({ type }) => type).join(', ');
    this.#facts.verdicts.broken('leases', `${by.process.name} appended ${types} and does not hold the lease`);
  }

  /** P1: a command that is repeated changes nothing. */
  row({ meta, type }: StoredEvent): void {
    if (!type.startsWith('Manifest') || !meta.actor.startsWith('user:')) return;
    const count = (this.#commands.get(meta.correlationId) ?? 0) + 1;
    this.#commands.set(meta.correlationId, count);
    if (count > 1) this.#facts.verdicts.broken('P1', `one command of ${meta.actor} was stored ${count} times`);
  }

  hubRestored(): void {
    this.#commands.clear();
  }
}
