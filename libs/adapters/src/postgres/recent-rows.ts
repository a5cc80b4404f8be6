import type { EventRange, Position, StoredEvent } from '@skerry/ports/event-store/event-store';

const MAX_ROWS = 4_096;
const MAX_BYTES = 8 * 1024 * 1024;
/** Who reads on from here is not a second behind; a process that appends now and then would hold thousands of rows for hours. */
const KEPT_MS = 60_000;

/**
 * What this process has appended last, so that who reads on from there (the relay, the gateway) need not ask for rows that
 * are in memory already, and who is sent one need not decode it. Rows never change, so what is here is what the store would
 * answer; one that retention has removed may still be here for a while.
 */
export class RecentRows {
  readonly #rows = new Map<Position, StoredEvent>();
  /** positions as they came, from `#first` on: a map walks over all that was deleted from its front to find its first key */
  #order: Position[] = [];
  #first = 0;
  #bytes = 0;

  put(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (this.#rows.has(event.position)) continue;
      this.#rows.set(event.position, event);
      this.#order.push(event.position);
      this.#bytes += event.data.byteLength;
    }
    const newest = events.at(-1);
    while (this.#rows.size > MAX_ROWS || this.#bytes > MAX_BYTES || this.#isOldestOld(newest)) this.#dropOldest();
  }

  at({ position, incarnation }: { position: Position; incarnation: string }): StoredEvent | undefined {
    const row = this.#rows.get(position);
    return row?.incarnation === incarnation ? row : undefined;
  }

  /**
   * The rows that follow `after` without a gap; undefined when the next one is not here. It may end before the head: what
   * another process has appended is a gap, and is read from the store when the reader goes on from `through`.
   */
  from(after: Position, limit: number): EventRange | undefined {
    const events: StoredEvent[] = [];
    for (let at = after + 1; events.length < limit; at += 1) {
      const row = this.#rows.get(at);
      if (!row) break;
      events.push(row);
    }
    return events.length === 0 ? undefined : { events, through: after + events.length };
  }

  #isOldestOld(newest: StoredEvent | undefined): boolean {
    const oldest = this.#rows.get(this.#order[this.#first] ?? 0);
    return oldest !== undefined && newest !== undefined && +newest.recordedAt - +oldest.recordedAt > KEPT_MS;
  }

  #dropOldest(): void {
    const position = this.#order[this.#first++]!;
    this.#bytes -= this.#rows.get(position)!.data.byteLength;
    this.#rows.delete(position);
    if (this.#first < MAX_ROWS) return;
    this.#order = this.#order.slice(this.#first);
    this.#first = 0;
  }
}
