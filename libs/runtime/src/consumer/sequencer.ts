import type { Position, StoredEvent } from '@skerry/ports/event-store/event-store';

/** More than this many events waiting behind a hole are dropped again: the refill reads them anyway. */
const MAX_PENDING = 20_000;

/**
 * Puts the events of several channels in order. An event is folded when everything of its channel before it was folded;
 * one that comes too early waits; one that was folded already is dropped.
 */
export class Sequencer {
  readonly #fold: (event: StoredEvent) => void;
  readonly #last = new Map<string, Position>();
  /** by channel, by the position that must be folded first */
  readonly #pending = new Map<string, Map<Position, StoredEvent>>();
  #pendingCount = 0;
  #through: Position = 0;

  constructor({ fold }: { fold: (event: StoredEvent) => void }) {
    this.#fold = fold;
  }

  /** Everything of the selected channels up to here is folded. */
  get through(): Position {
    return this.#through;
  }

  positionOf(channel: string): Position {
    return Math.max(this.#last.get(channel) ?? 0, this.#through);
  }

  offer(event: StoredEvent): 'folded' | 'repeat' | 'hole' {
    const last = this.positionOf(event.channel);
    if (event.position <= last) return 'repeat';
    if (event.channelPrev > last) {
      this.#hold(event);
      return 'hole';
    }
    this.#foldNow(event);
    this.#releaseAfter(event);
    return 'folded';
  }

  /** An event of a complete range: what is missing before it is missing for good (compacted). True when it was news. */
  take(event: StoredEvent): boolean {
    if (event.position <= this.positionOf(event.channel)) return false;
    this.#foldNow(event);
    return true;
  }

  /** A complete range up to here was taken. */
  advance(through: Position): void {
    if (through <= this.#through) return;
    this.#through = through;
    for (const [channel, last] of this.#last) if (last <= through) this.#last.delete(channel);
  }

  /** Folds what waited and is now in order; forgets what was folded meanwhile. */
  drain(): void {
    // A copy: what still has to wait is put back, and a map hands out again what is put back while it is walked.
    for (const [channel, waiting] of [...this.#pending]) {
      this.#pending.delete(channel);
      this.#pendingCount -= waiting.size;
      for (const event of [...waiting.values()].sort((a, b) => a.position - b.position)) this.offer(event);
    }
  }

  /** How many events wait behind a hole. */
  get waiting(): number {
    return this.#pendingCount;
  }

  #foldNow(event: StoredEvent): void {
    this.#fold(event);
    this.#last.set(event.channel, event.position);
  }

  #hold(event: StoredEvent): void {
    if (this.#pendingCount >= MAX_PENDING) return;
    const waiting = this.#pending.get(event.channel) ?? new Map<Position, StoredEvent>();
    if (!waiting.has(event.channelPrev)) this.#pendingCount += 1;
    waiting.set(event.channelPrev, event);
    this.#pending.set(event.channel, waiting);
  }

  #releaseAfter(event: StoredEvent): void {
    const waiting = this.#pending.get(event.channel);
    if (!waiting) return;
    let next = waiting.get(event.position);
    while (next) {
      waiting.delete(next.channelPrev);
      this.#pendingCount -= 1;
      this.#foldNow(next);
      next = waiting.get(next.position);
    }
    if (waiting.size === 0) this.#pending.delete(event.channel);
  }
}
