import type { AppendRequest } from '@skerry/ports/event-store/event-store';

const MAX_BATCH_EVENTS = 1_000;
/** Fewer appends than this are not divided over the lanes: a batch of its own costs more than waiting. */
const MIN_SHARE = 64;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface Waiting<Outcome> {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendBatcherOptions<Outcome> {
  /** answers one outcome per request, in order, or throws */
  readonly send: (requests: readonly AppendRequest[]) => Promise<Outcome[]>;
  /** after an error: true when the whole batch failed, false when one of its members may be to blame (each is sent alone) */
  readonly failsAll: (error: unknown) => boolean;
  /** batches on their way at once */
  readonly lanes: number;
}

/**
 * Collects appends while others are on their way; they share the next commit. With two lanes the second batch is packed,
 * sent and parsed while the first one has the lock, which is worth more than one larger batch.
 */
export class AppendBatcher<Outcome> {
  readonly #options: AppendBatcherOptions<Outcome>;
  #waiting: Waiting<Outcome>[] = [];
  #sent = 0;
  #busyLanes = 0;
  #scheduled = false;

  constructor(options: AppendBatcherOptions<Outcome>) {
    this.#options = options;
  }

  append(request: AppendRequest): Promise<Outcome> {
    const bytes = request.events.reduce((sum, event) => sum + event.data.byteLength, 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, bytes, resolve, reject });
      this.#schedule();
    });
  }

  /** One turn later, so that everyone whom the last batch answered can join the next. */
  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#busyLanes === this.#options.lanes) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#busyLanes < this.#options.lanes) void this.#sendNext();
    });
  }

  async #sendNext(): Promise<void> {
    const batch = this.#take();
    this.#busyLanes++;
    this.#sent += batch.length;
    await this.#sendTogether(batch);
    this.#sent -= batch.length;
    this.#busyLanes--;
    this.#schedule();
  }

  /** In order of arrival, but never one command twice: the second must find the first one's rows. */
  #take(): Waiting<Outcome>[] {
    const batch: Waiting<Outcome>[] = [];
    const later: Waiting<Outcome>[] = [];
    const commands = new Set<string>();
    const share = Math.max(MIN_SHARE, Math.ceil((this.#waiting.length + this.#sent) / this.#options.lanes));
    let [events, bytes] = [0, 0];
    for (const [index, waiting] of this.#waiting.entries()) {
      events += waiting.request.events.length;
      bytes += waiting.bytes;
      if (batch.length === share || (batch.length > 0 && (events > MAX_BATCH_EVENTS || bytes > MAX_BATCH_BYTES))) {
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
      const outcomes = await this.#options.send(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    } catch (error) {
      if (batch.length === 1 || this.#options.failsAll(error)) return batch.forEach(({ reject }) => reject(error));
      for (const alone of batch) await this.#sendTogether([alone]);
    }
  }
}
