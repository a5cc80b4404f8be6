import { type DomainEvent, encodeEvent } from '@skerry/domain/codec';
import { ConcurrencyConflict, TransientFailure } from '@skerry/kernel/errors';
import type {
  AppendOutcome,
  AppendRequest,
  EventMeta,
  EventStore,
  ExpectedVersion,
  NewEvent,
  StoredEvent,
} from '@skerry/ports/event-store/event-store';
import type { Clock } from '@skerry/ports/clock/clock';
import type { LeaseTerm } from '@skerry/ports/lease/lease';
import { type AppendAnswer, type Metrics, noMetrics } from '../telemetry/metrics.ts';

type DataOf<Type extends DomainEvent['type']> = Parameters<typeof encodeEvent<Type>>[1];

/** A domain event with where it belongs; `append` turns it into a row. */
export interface Outgoing {
  readonly stream: string;
  readonly partition: string;
  readonly namespace: string;
  readonly uid: string;
  readonly cluster?: string;
  readonly type: DomainEvent['type'];
  readonly data: Uint8Array;
}

export const outgoing = <Type extends DomainEvent['type']>(
  type: Type,
  place: Omit<Outgoing, 'type' | 'data'> & { readonly data: DataOf<Type> },
): Outgoing => ({ ...place, type, data: encodeEvent(type, place.data) });

export interface Decided {
  readonly commandId: string;
  readonly events: readonly Outgoing[];
  /** versions that the decision was made on */
  readonly expected: readonly ExpectedVersion[];
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

export interface AppenderOptions {
  /** `service:<name>` */
  readonly actor: string;
  readonly store: Pick<EventStore, 'append'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly metrics?: Metrics;
  /** the lease that appends carry; undefined: this writer needs none */
  readonly lease?: () => LeaseTerm | undefined;
  /** folds own events at acknowledgement */
  readonly onAppended: (events: readonly StoredEvent[]) => void;
}

/** The lease went to another instance; this one stops deciding. The key is decided by the new holder from the same state. */
export class LeaseLost extends TransientFailure {}

const toRow = (event: Outgoing): NewEvent => ({ ...event, cluster: event.cluster ?? '' });

/** Appends decisions: acknowledged ones are folded, lost races are thrown as ConcurrencyConflict. */
export class Appender {
  readonly #options: AppenderOptions;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  async append(decided: Decided): Promise<readonly StoredEvent[]> {
    if (decided.events.length === 0) return [];
    const outcome = await this.#measured(this.#request(decided));
    switch (outcome.kind) {
      case 'appended':
      case 'already-there':
        this.#options.onAppended(outcome.events);
        return outcome.events;
      case 'conflict':
        throw new ConcurrencyConflict(
          `stream ${outcome.stream} is at version ${outcome.actual}, decided on ${outcome.expected}`,
        );
      case 'stale-lease':
        throw new LeaseLost(`lease ${outcome.name} is no longer held by term ${outcome.term}`);
    }
  }

  async #measured(request: AppendRequest): Promise<AppendOutcome> {
    const { actor, store, clock, metrics = noMetrics } = this.#options;
    const startedMs = clock.monotonicMs();
    let answer: AppendAnswer = 'failed';
    try {
      const outcome = await store.append(request);
      answer = outcome.kind;
      return outcome;
    } finally {
      const seconds = (clock.monotonicMs() - startedMs) / 1_000;
      metrics.answered({ actor, answer, events: request.events.length, seconds });
    }
  }

  #request(decided: Decided): AppendRequest {
    const meta: EventMeta = {
      actor: this.#options.actor,
      correlationId: decided.correlationId ?? decided.commandId,
      causationId: decided.causationId ?? decided.commandId,
      traceparent: decided.traceparent ?? '',
    };
    const { lease } = this.#options;
    const request = {
      commandId: decided.commandId,
      events: decided.events.map(toRow),
      expected: decided.expected,
      meta,
    };
    if (!lease) return request;
    const term = lease();
    if (!term) throw new LeaseLost(`${this.#options.actor} holds no lease`);
    return { ...request, lease: { name: term.name, term: term.term } };
  }
}
