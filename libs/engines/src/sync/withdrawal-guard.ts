export const GUARD_WINDOW_MS = 600_000;
const GUARD_SHARE = 0.2;
const GUARD_LEAST = 50;

/**
 * Counts withdrawals with cause move or policy. More than max(20 % of what the cluster holds, 50) in 10 min wait for a
 * person: a wrong policy must not empty a cluster while everybody sleeps. A confirmation opens the guard for one window.
 */
export class WithdrawalGuard {
  #passedMs: number[] = [];
  #openUntilMs = -Infinity;

  /** Empty when the withdrawal may go; otherwise what it waits for. */
  holdOf(cause: string, { nowMs, held, cluster }: { nowMs: number; held: number; cluster: string }): string {
    if (!isCounted(cause)) return '';
    if (nowMs < this.#openUntilMs) return '';
    this.#passedMs = this.#passedMs.filter((at) => nowMs - at < GUARD_WINDOW_MS);
    const limit = Math.max(GUARD_LEAST, Math.floor(held * GUARD_SHARE));
    if (this.#passedMs.length < limit) return '';
    return `${limit} objects were withdrawn in 10 min; the rest waits for: skerry confirm withdrawals ${cluster}`;
  }

  /**
   * Asks and counts in one step: many withdrawals are under way at once, and each must see those before it. Empty: it
   * goes. What then did not happen is given back.
   */
  take(cause: string, at: { nowMs: number; held: number; cluster: string }): string {
    const hold = this.holdOf(cause, at);
    if (hold === '' && isCounted(cause)) this.#passedMs.push(at.nowMs);
    return hold;
  }

  /** A withdrawal that was taken at that time did not happen. */
  giveBack(cause: string, nowMs: number): void {
    const at = this.#passedMs.lastIndexOf(nowMs);
    if (isCounted(cause) && at >= 0) this.#passedMs.splice(at, 1);
  }

  /** `ageMs`: how long ago the person spoke. */
  confirm(nowMs: number, ageMs = 0): void {
    if (ageMs >= GUARD_WINDOW_MS) return;
    this.#openUntilMs = nowMs + GUARD_WINDOW_MS - Math.max(0, ageMs);
    this.#passedMs = [];
  }
}

/** What the owner ordered is nobody's mistake. */
const isCounted = (cause: string): boolean => cause === 'move' || cause === 'policy';
