import { WithdrawalGuard } from '@skerry/engines/sync/withdrawal-guard';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';

/** What keeps a syncer from deleting until a person has spoken: a restored hub, or too many withdrawals at once. */
export class DeleteHolds {
  readonly #cluster: string;
  readonly #guard = new WithdrawalGuard();
  readonly #confirmed: { withdrawals?: string; restore?: string } = {};
  #restored = false;

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** The hub has another incarnation than the one that this cluster was last driven by. */
  holdForRestore(): void {
    this.#restored = true;
  }

  get isRestored(): boolean {
    return this.#restored;
  }

  /** Empty: what lives may be changed. A restored hub knows an older state than its clusters have. */
  get changeHold(): string {
    return this.#restored
      ? `the hub was restored from a backup; nothing is changed or deleted until: skerry confirm restore ${this.#cluster}`
      : '';
  }

  /** Empty: may be deleted. Otherwise what it waits for, with the command to run. */
  holdOf(cause: string, { nowMs, held }: { nowMs: number; held: number }): string {
    const cluster = this.#cluster;
    if (this.#restored) return this.changeHold;
    return this.#guard.holdOf(cause, { nowMs, held, cluster });
  }

  passed(cause: string, nowMs: number): void {
    this.#guard.passed(cause, nowMs);
  }

  /** Reads the orders; true when a restore was confirmed just now. An order counts once, by its time. */
  async readOrders(hub: Pick<HubSource, 'orders'>, nowMs: number): Promise<boolean> {
    const { withdrawals, restore } = await hub.orders();
    if (withdrawals !== undefined && withdrawals !== this.#confirmed.withdrawals) {
      this.#confirmed.withdrawals = withdrawals;
      this.#guard.confirm(nowMs);
    }
    if (!this.#restored || restore === undefined || restore === this.#confirmed.restore) return false;
    this.#confirmed.restore = restore;
    this.#restored = false;
    return true;
  }
}
