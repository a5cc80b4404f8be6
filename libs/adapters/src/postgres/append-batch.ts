import { categoryOf, channelOf } from '@skerry/ports/event-store/event-store';
import type { AppendOutcome, AppendRequest, StoredEvent } from '@skerry/ports/event-store/event-store';
import { eventIdOf } from '../crypto/event-id.ts';
import { byteaArray, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';

const PARAMETERS = Array.from({ length: 21 }, (_, index) => `$${index + 1}`).join(', ');
export const APPEND_STATEMENT = `SELECT * FROM skerry.append_batch(${PARAMETERS})`;

/** Names, each once, with the index (from 1) that PostgreSQL's arrays know it by. */
class Names {
  readonly list: string[] = [];
  readonly #indices = new Map<string, number>();

  indexOf(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    const index = this.list.push(name);
    this.#indices.set(name, index);
    return index;
  }
}

interface BatchEvent {
  readonly append: number;
  readonly stream: number;
  readonly channel: number;
  readonly id: string;
}

/** Several appends as one call of `append_batch`, and its answer as outcomes. */
export class AppendBatch {
  readonly #requests: readonly AppendRequest[];
  readonly #streams = new Names();
  readonly #channels = new Names();
  readonly #events: BatchEvent[] = [];

  constructor(requests: readonly AppendRequest[]) {
    this.#requests = requests;
    for (const [append, { commandId, events }] of requests.entries()) {
      for (const [index, event] of events.entries()) {
        this.#events.push({
          append: append + 1,
          stream: this.#streams.indexOf(event.stream),
          channel: this.#channels.indexOf(channelOf(event)),
          id: eventIdOf(commandId, index),
        });
      }
    }
  }

  parameters(): Buffer[] {
    const requests = this.#requests;
    const events = requests.flatMap((request) => request.events);
    const expected = requests.flatMap((request, append) => request.expected.map((each) => ({ append, each })));
    // Before the list of streams is written: an expectation may name a stream that nobody writes to.
    const expectedStreams = expected.map(({ each }) => this.#streams.indexOf(each.stream));
    return [
      int4Array(requests.map((request) => request.events.length)),
      textArray(requests.map(({ lease }) => lease?.name ?? '')),
      int8Array(requests.map(({ lease }) => lease?.term ?? 0)),
      textArray(requests.map(({ meta }) => meta.actor)),
      textArray(requests.map(({ meta }) => meta.correlationId)),
      textArray(requests.map(({ meta }) => meta.causationId)),
      textArray(requests.map(({ meta }) => meta.traceparent)),
      int4Array(expected.map(({ append }) => append + 1)),
      int4Array(expectedStreams),
      int8Array(expected.map(({ each }) => each.version)),
      textArray(this.#streams.list),
      textArray(this.#channels.list),
      int4Array(this.#events.map(({ append }) => append)),
      int4Array(this.#events.map(({ stream }) => stream)),
      int4Array(this.#events.map(({ channel }) => channel)),
      uuidArray(this.#events.map(({ id }) => id)),
      textArray(events.map(({ type }) => type)),
      textArray(events.map(({ namespace }) => namespace)),
      textArray(events.map(({ uid }) => uid)),
      textArray(events.map(({ cluster }) => cluster)),
      byteaArray(events.map(({ data }) => data)),
    ];
  }

  outcomes(answer: unknown[]): (AppendOutcome | SeenBefore)[] {
    const [kinds, seen, spans, failed, actual] = answer.slice(0, 5).map(numbersOf);
    const rows = this.#rowsOf(answer);
    const expected = this.#requests.flatMap((request) => request.expected);
    let first = 0;
    return this.#requests.map((request, index): AppendOutcome | SeenBefore => {
      const start = first;
      first += request.events.length;
      switch (kinds![index]) {
        case 0:
          return { kind: 'appended', events: rows.slice(start, first) };
        case 1:
          return { kind: 'seen', from: seen![index]!, count: spans![index]! };
        case 2: {
          const { stream, version } = expected[failed![index]! - 1]!;
          return { kind: 'conflict', stream, expected: version, actual: actual![index]! };
        }
        default:
          return { kind: 'stale-lease', name: request.lease!.name, term: request.lease!.term };
      }
    });
  }

  #rowsOf(answer: unknown[]): StoredEvent[] {
    const [positions, versions, prevs] = answer.slice(5, 8).map(numbersOf);
    const hashes = textOf(answer[8]).split(',');
    const recordedAt = answer[10] as Date;
    const [incarnation, fleet, site] = [textOf(answer[11]), textOf(answer[12]), textOf(answer[13])];
    let index = 0;
    return this.#requests.flatMap(({ events, meta }) =>
      events.map((event): StoredEvent => {
        const at = index++;
        return {
          ...event,
          position: positions![at]!,
          version: versions![at]!,
          eventId: this.#events[at]!.id,
          category: categoryOf(event.stream),
          channel: channelOf(event),
          channelPrev: prevs![at]!,
          site,
          fleet,
          incarnation,
          meta,
          recordedAt,
          previousHash: hashes[at]!,
        };
      }),
    );
  }
}

/** The command was appended before: its rows are these positions. */
export interface SeenBefore {
  readonly kind: 'seen';
  readonly from: number;
  readonly count: number;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numbersOf = (list: unknown): number[] => textOf(list).split(',').map(Number);
