import { type KeptObject, RestoreHold } from '@skerry/engines/sync/restore-hold';
import { WithdrawalGuard } from '@skerry/engines/sync/withdrawal-guard';
import type { ClusterOrders } from '@skerry/ports/hub-source/hub-source';

const CLOCK_SKEW_MS = 300_000;

/** What keeps a syncer from changing or deleting until a person has spoken: a restored hub, or too many withdrawals at once. */
export class Holds {
  readonly restore: RestoreHold;
  readonly #cluster: string;
  readonly #guard = new WithdrawalGuard();
  /** Unix ms of the last order to let withdrawals go, but never more than when it was seen */
  #lastOrderAt = -Infinity;
  readonly #fromTheFuture = new Set<string>();
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

  /** The next withdrawal that nobody's owner ordered would wait for a person. */
  isGuardShut({ nowMs, held }: { nowMs: number; held: number }): boolean {
    return this.#guard.holdOf('move', { nowMs, held, cluster: this.#cluster }) !== '';
  }

  giveBack(cause: string, nowMs: number): void {
    this.#guard.giveBack(cause, nowMs);
  }

  /**
   * An order to let withdrawals go opens the guard for one window. One that was there when this process began may be long
   * over: only what its own time has left of the window counts, and nothing when its time is yet to come, for then nobody
   * knows when it was given. Later a new one counts from when it is seen. New is only what is later than all that were seen:
   * one that shows again because those after it were removed is no order.
   */
  takeWithdrawalOrder({ withdrawals = '' }: ClusterOrders, { nowMs, now }: { nowMs: number; now: Date }): void {
    const [givenAt, isFirst] = [Date.parse(withdrawals), !this.#readBefore];
    this.#readBefore = true;
    if (Number.isNaN(givenAt) || this.#fromTheFuture.has(withdrawals) || givenAt <= this.#lastOrderAt) return;
    const ageMs = now.getTime() - givenAt;
    // its time says nothing of those that come before it: who gives them may have the better clock
    if (ageMs < 0) this.#fromTheFuture.add(withdrawals);
    this.#lastOrderAt = Math.min(givenAt, now.getTime());
    if (!isFirst) this.#guard.confirm(nowMs);
    else if (ageMs >= -CLOCK_SKEW_MS) this.#guard.confirm(nowMs, ageMs);
  }
}
