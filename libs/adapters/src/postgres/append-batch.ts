import { categoryOf, channelOf } from '@skerry/ports/event-store/event-store';
import type { AppendOutcome, AppendRequest, StoredEvent } from '@skerry/ports/event-store/event-store';
import { eventIdOf } from '../crypto/event-id.ts';
import { byteaArray, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';

const PARAMETERS = Array.from({ length: 22 }, (_, index) => `$${index + 1}`).join(', ');
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

  /** `checkKeys`: look for every command first; without it one that is there fails the call with a unique violation */
  parameters(checkKeys: boolean): (Buffer | boolean)[] {
    const requests = this.#requests;
    const events = requests.flatMap((request) => request.events);
    const expected = requests.flatMap((request, append) => request.expected.map((each) => ({ append, each })));
    // Before the list of streams is written: an expectation may name a stream that nobody writes to.
    const expectedStreams = expected.map(({ each }) => this.#streams.indexOf(each.stream));
    const leased = requests.some(({ lease }) => lease);
    return [
      checkKeys,
      int4Array(requests.map((request) => request.events.length)),
      textArray(leased ? requests.map(({ lease }) => lease?.name ?? '') : []),
      int8Array(leased ? requests.map(({ lease }) => lease?.term ?? 0) : []),
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
    const refusals = new Map<number, number[]>();
    for (const refusal of textOf(answer[0]).split(',').filter(Boolean)) {
      const [append, ...why] = refusal.split(':').map(Number);
      refusals.set(append! - 1, why);
    }
    const rows = this.#rowsOf(answer);
    let first = 0;
    return this.#requests.map((request, index): AppendOutcome | SeenBefore => {
      const start = first;
      first += request.events.length;
      const refusal = refusals.get(index);
      return refusal ? this.#refusalOf(request, refusal) : { kind: 'appended', events: rows.slice(start, first) };
    });
  }

  #refusalOf(request: AppendRequest, [kind, a, b]: number[]): AppendOutcome | SeenBefore {
    if (kind === 1) return { kind: 'seen', from: a!, count: b! };
    if (kind === 3) return { kind: 'stale-lease', name: request.lease!.name, term: request.lease!.term };
    const { stream, version } = this.#requests.flatMap(({ expected }) => expected)[a! - 1]!;
    return { kind: 'conflict', stream, expected: version, actual: b! };
  }

  #rowsOf(answer: unknown[]): StoredEvent[] {
    const [positions, versions, prevs] = answer.slice(1, 4).map(numbersOf);
    const hashes = textOf(answer[4]).split(',');
    const recordedAt = answer[6] as Date;
    const [incarnation, fleet, site] = [textOf(answer[7]), textOf(answer[8]), textOf(answer[9])];
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
          previousHash: hashes[at]!.slice(2), // without \x
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
