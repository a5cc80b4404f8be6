import type { SyncerInstance } from '../world/fleet.ts';
import type { Written } from '../world/member-cluster.ts';
import type { Facts } from './promise.ts';

interface Held {
  readonly holder: string;
  readonly atMs: number;
  /** up to which position of the hub's store its holder says to have followed it */
  readonly through: number;
}

const DURATION_MS = 15_000;
/** A holder learns at its next renewal that its cluster was set back, and with it the lease. */
const RESTORED_GRACE_MS = DURATION_MS;

/** One syncer acts: whoever asks a member for a change holds the lease there, as it stands in the member's own store. */
export class MemberLeases {
  readonly #facts: Facts;
  /** by cluster, as it was written last */
  readonly #held = new Map<string, Held>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  written(cluster: string, { stored: { object }, gone }: Written): void {
    if (object.kind !== 'Lease' || object.metadata.name !== 'skerry-syncer') return;
    const { holderIdentity = '' } = (object['spec'] ?? {}) as { holderIdentity?: string };
    const isTakenOver = !gone && holderIdentity !== '' && holderIdentity !== this.#held.get(cluster)?.holder;
    if (isTakenOver) this.#facts.evidence.watchesAnew(cluster, this.#facts.nowMs());
    const through = Number(object.metadata.annotations?.['skerry.dev/through']?.split('/')[1] ?? 0);
    this.#held.set(cluster, { holder: gone ? '' : holderIdentity, atMs: this.#facts.nowMs(), through });
  }

  /** By cluster: up to which position of the hub's store its syncers are known to have followed it. */
  followed(): ReadonlyMap<string, number> {
    return new Map([...this.#held].map(([cluster, { through }]) => [cluster, through]));
  }

  asked({ cluster, holder, process }: SyncerInstance, what: string): void {
    const { verdicts, orders } = this.#facts;
    const nowMs = this.#facts.nowMs();
    if (nowMs - (orders.membersRestoredMs.get(cluster) ?? -Infinity) < RESTORED_GRACE_MS) return;
    const held = this.#held.get(cluster);
    if (held?.holder !== holder)
      verdicts.broken('leases', `${process.name} asks for ${what} in ${cluster}, whose lease ${held?.holder} holds`);
    else if (nowMs - held.atMs >= DURATION_MS)
      verdicts.broken('leases', `${process.name} asks for ${what} in ${cluster}, its lease there has run out`);
  }
}
