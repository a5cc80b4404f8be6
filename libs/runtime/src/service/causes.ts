import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/** What a decision carries on of the event that made it necessary. */
export interface Cause {
  readonly causationId: string;
  readonly correlationId: string;
  readonly traceparent: string;
}

/** Keys that wait long are few; a start marks as many as there are objects, and those were caused by no request of now. */
const MAX_CAUSES = 20_000;

/**
 * The last event that marked each key, until the key was decided. Bounded: the older half is forgotten at once. Not the first
 * key of one map each time: a map walks over all that was deleted before it to find that one, and a start marks every object
 * again and again.
 */
export class Causes {
  #young = new Map<string, Cause>();
  #old = new Map<string, Cause>();
  readonly #limit: number;

  constructor(limit: number = MAX_CAUSES) {
    this.#limit = limit;
  }

  note(key: string, { eventId, meta }: Pick<StoredEvent, 'eventId' | 'meta'>): void {
    this.#young.set(key, {
      causationId: eventId,
      correlationId: meta.correlationId,
      traceparent: meta.traceparent,
    });
    if (this.#young.size * 2 < this.#limit) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  of(key: string): Cause | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Unless a later event has marked the key meanwhile. */
  forget(key: string, cause: Cause | undefined): void {
    if (!cause || this.of(key) !== cause) return;
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
