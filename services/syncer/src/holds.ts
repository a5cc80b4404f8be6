import { type KeptObject, RestoreHold } from '@skerry/engines/sync/restore-hold';
import { WithdrawalGuard } from '@skerry/engines/sync/withdrawal-guard';
import type { ClusterOrders } from '@skerry/ports/hub-source/hub-source';

/** What keeps a syncer from changing or deleting until a person has spoken: a restored hub, or too many withdrawals at once. */
export class Holds {
  readonly restore: RestoreHold;
  readonly #cluster: string;
  readonly #guard = new WithdrawalGuard();
  #withdrawalsAt: string | undefined;
  #readBefore = false;

  constructor(cluster: string) {
    this.#cluster = cluster;
    this.restore = new RestoreHold(cluster);
  }

  /** Empty: may be changed. */
  changeHoldOf(object: KeptObject): string {
    return this.restore.holdOf(object);
  }

  /** Empty: may be deleted. Otherwise what it waits for, with the command to run. */
  deleteHoldOf(object: KeptObject, { cause, nowMs, held }: { cause: string; nowMs: number; held: number }): string {
    return this.restore.holdOf(object) || this.#guard.holdOf(cause, { nowMs, held, cluster: this.#cluster });
  }

  /** Asks the guard for one that goes now, and counts it; what then did not happen is given back with the same time. */
  take(cause: string, { nowMs, held }: { nowMs: number; held: number }): string {
    return this.#guard.take(cause, { nowMs, held, cluster: this.#cluster });
  }

  giveBack(cause: string, nowMs: number): void {
    this.#guard.giveBack(cause, nowMs);
  }

  /**
   * An order to let withdrawals go opens the guard for one window. One that was there when this process began may be long
   * over: only what its own time has left of the window counts.
   */
  takeWithdrawalOrder({ withdrawals }: ClusterOrders, { nowMs, now }: { nowMs: number; now: Date }): void {
    const isNew = withdrawals !== undefined && withdrawals !== this.#withdrawalsAt;
    if (isNew) this.#guard.confirm(nowMs, this.#readBefore ? 0 : now.getTime() - Date.parse(withdrawals));
    this.#withdrawalsAt = withdrawals;
    this.#readBefore = true;
  }
}
