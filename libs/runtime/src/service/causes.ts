import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/** What a decision carries on of the event that made it necessary. */
export interface Cause {
  readonly causationId: string;
  readonly correlationId: string;
  readonly traceparent: string;
}

/** Keys that wait long are few; a start marks as many as there are objects, and those were caused by no request of now. */
const MAX_CAUSES = 20_000;

/** The last event that marked each key, until the key was decided. Bounded: the oldest are forgotten. */
export class Causes {
  readonly #byKey = new Map<string, Cause>();
  readonly #limit: number;

  constructor(limit: number = MAX_CAUSES) {
    this.#limit = limit;
  }

  note(key: string, { eventId, meta }: Pick<StoredEvent, 'eventId' | 'meta'>): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, {
      causationId: eventId,
      correlationId: meta.correlationId,
      traceparent: meta.traceparent,
    });
    if (this.#byKey.size > this.#limit) this.#byKey.delete(this.#byKey.keys().next().value!);
  }

  of(key: string): Cause | undefined {
    return this.#byKey.get(key);
  }

  /** Unless a later event has marked the key meanwhile. */
  forget(key: string, cause: Cause | undefined): void {
    if (cause && this.#byKey.get(key) === cause) this.#byKey.delete(key);
  }
}
