import type { AppendRequest } from '@skerry/ports/event-store/event-store';

const MAX_BATCH_EVENTS = 1_000;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface Waiting<Outcome> {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects appends while one batch is on its way; they share the next commit. `send` answers one outcome per request, or
 * throws: then `isOurs` says whether the batch as a whole failed (all of it is told) or one of its members may be to
 * blame (each is sent alone).
 */
export class AppendBatcher<Outcome> {
  readonly #send: (requests: readonly AppendRequest[]) => Promise<Outcome[]>;
  readonly #failsAll: (error: unknown) => boolean;
  #waiting: Waiting<Outcome>[] = [];
  #running = false;

  constructor(send: (requests: readonly AppendRequest[]) => Promise<Outcome[]>, failsAll: (error: unknown) => boolean) {
    this.#send = send;
    this.#failsAll = failsAll;
  }

  append(request: AppendRequest): Promise<Outcome> {
    const bytes = request.events.reduce((sum, event) => sum + event.data.byteLength, 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, bytes, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // One turn, so that everyone whom the last batch answered can join the next.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#sendTogether(this.#take());
    }
    this.#running = false;
  }

  /** In order of arrival, but never one command twice: the second must find the first one's rows. */
  #take(): Waiting<Outcome>[] {
    const batch: Waiting<Outcome>[] = [];
    const later: Waiting<Outcome>[] = [];
    const commands = new Set<string>();
    let [events, bytes] = [0, 0];
    for (const [index, waiting] of this.#waiting.entries()) {
      events += waiting.request.events.length;
      bytes += waiting.bytes;
      if (batch.length > 0 && (events > MAX_BATCH_EVENTS || bytes > MAX_BATCH_BYTES)) {
        later.push(...this.#waiting.slice(index));
        break;
      }
      if (commands.has(waiting.request.commandId)) later.push(waiting);
      else batch.push(waiting);
      commands.add(waiting.request.commandId);
    }
    this.#waiting = later;
    return batch;
  }

  async #sendTogether(batch: Waiting<Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#send(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    } catch (error) {
      if (batch.length === 1 || this.#failsAll(error)) return batch.forEach(({ reject }) => reject(error));
      for (const alone of batch) await this.#sendTogether([alone]);
    }
  }
}
