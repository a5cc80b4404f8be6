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
    if (cause !== 'move' && cause !== 'policy') return '';
    if (nowMs < this.#openUntilMs) return '';
    this.#passedMs = this.#passedMs.filter((at) => nowMs - at < GUARD_WINDOW_MS);
    const limit = Math.max(GUARD_LEAST, Math.floor(held * GUARD_SHARE));
    if (this.#passedMs.length < limit) return '';
    return `${limit} objects were withdrawn in 10 min; the rest waits for: skerry confirm withdrawals ${cluster}`;
  }

  passed(cause: string, nowMs: number): void {
    if (cause === 'move' || cause === 'policy') this.#passedMs.push(nowMs);
  }

  confirm(nowMs: number): void {
    this.#openUntilMs = nowMs + GUARD_WINDOW_MS;
    this.#passedMs = [];
  }
}
