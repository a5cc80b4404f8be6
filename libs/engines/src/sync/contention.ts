const WINDOW_MS = 600_000;
const REPAIRS = 3;
const FIRST_BACK_OFF_MS = 60_000;
const LAST_BACK_OFF_MS = 3_600_000;

/**
 * We never fight: three repairs of one field against the same manager in 10 min and the next one waits, each time twice as
 * long. `until` tells how long; the object is Contended meanwhile.
 */
export class Contention {
  readonly #repairs = new Map<string, number[]>();
  #untilMs = -Infinity;
  #backOffMs = FIRST_BACK_OFF_MS;

  /** Records repairs of these fields against a manager. */
  repaired(manager: string, { fields, nowMs }: { fields: readonly string[]; nowMs: number }): void {
    for (const field of fields.length === 0 ? ['*'] : fields) {
      const key = `${manager}\0${field}`;
      const recent = (this.#repairs.get(key) ?? []).filter((at) => nowMs - at < WINDOW_MS);
      recent.push(nowMs);
      this.#repairs.set(key, recent);
      if (recent.length >= REPAIRS) this.#backOff(nowMs);
    }
  }

  /** Monotonic ms until which nothing is repaired; in the past when nobody contends. */
  get untilMs(): number {
    return this.#untilMs;
  }

  #backOff(nowMs: number): void {
    if (nowMs < this.#untilMs) return;
    this.#untilMs = nowMs + this.#backOffMs;
    this.#backOffMs = Math.min(2 * this.#backOffMs, LAST_BACK_OFF_MS);
  }
}
