import { create, toBinary, type MessageInitShape } from '@skerry/contract/message';
import type { ClusterPortrayedSchema } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { type ObjectObserved, ObjectObservedSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { BeatSchema, ReportSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '@skerry/runtime/telemetry/log';

export interface ReporterOptions {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** the object as it is now; undefined when there is nothing to say of it */
  readonly observe: (uid: string) => ObjectObserved | undefined;
  /** the last observation of these objects has arrived */
  readonly confirm: (uids: readonly string[]) => void;
  readonly everything: () => Iterable<string>;
  readonly portrait: () => MessageInitShape<typeof ClusterPortrayedSchema> | undefined;
  readonly incarnation: () => string;
}

const GATHER_MS = 20;
const CHUNK = 400;
/** A server takes 1 MiB at once; the portrait and one more object have to fit beside it. */
const CHUNK_BYTES = 512 * 1024;
const RETRY_MS = 500;

interface Chunk {
  readonly uids: readonly string[];
  readonly objects: readonly ObjectObserved[];
}

/**
 * Reports in one sequence per lease term. A report is built when it is sent, so it always says what is so now; the next one
 * is sent only when the bus has accepted the one before. The first of a term is a complete set.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #changed = new Set<string>();
  #term = 0;
  #sequence = 0;
  #complete = false;
  #portraitDue = false;
  #sending = false;
  #cancel: () => void = () => {};

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** A new term: from now on its own sequence, beginning with everything. */
  begin(term: number): void {
    this.#term = term;
    this.#sequence = 0;
    this.reportAll();
  }

  end(): void {
    this.#term = 0;
    this.#cancel();
  }

  changed(uid: string): void {
    this.#changed.add(uid);
    this.#soon(GATHER_MS);
  }

  reportAll(): void {
    this.#complete = true;
    this.#portraitDue = true;
    this.#soon(0);
  }

  reportPortrait(): void {
    this.#portraitDue = true;
    this.#soon(GATHER_MS);
  }

  /** Names the last report that the bus has accepted. */
  beat(state: { apiReady: boolean; reason: string }): void {
    const { cluster, clusterUid, bus, incarnation } = this.#options;
    const beat = create(BeatSchema, {
      cluster,
      clusterUid,
      term: BigInt(this.#term),
      lastSequence: BigInt(this.#sequence),
      incarnation: incarnation(),
      ...state,
    });
    bus.publish(`beat.${cluster}`, toBinary(BeatSchema, beat));
  }

  #soon(delayMs: number): void {
    if (this.#sending || this.#term === 0) return;
    this.#cancel();
    this.#cancel = this.#options.clock.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    let retryMs = 0;
    try {
      while (this.#term !== 0 && (this.#complete || this.#changed.size > 0 || this.#portraitDue)) {
        if (this.#complete) await this.#sendAll();
        else await this.#sendChanged();
      }
    } catch (error) {
      // what it would have said is not noted down any more, and it may have arrived all the same: everything is said again
      this.#complete = true;
      this.#portraitDue = true;
      this.#options.log.warn({ error }, 'report could not be sent, trying again');
      retryMs = RETRY_MS;
    } finally {
      this.#sending = false;
    }
    if (this.#complete || this.#changed.size > 0) this.#soon(retryMs);
  }

  async #sendAll(): Promise<void> {
    this.#complete = false;
    const uids = [...this.#options.everything()];
    for (const uid of uids) this.#changed.delete(uid);
    let at = 0;
    do {
      const chunk = this.#chunk(uids.slice(at, at + CHUNK));
      const marks = { completeBegin: at === 0, completeEnd: at + chunk.uids.length >= uids.length };
      at += chunk.uids.length;
      await this.#send(chunk, marks);
    } while (at < uids.length);
  }

  async #sendChanged(): Promise<void> {
    const chunk = this.#chunk([...this.#changed].slice(0, CHUNK));
    for (const uid of chunk.uids) this.#changed.delete(uid);
    await this.#send(chunk, { completeBegin: false, completeEnd: false });
  }

  /** As many of them, from the first on, as fit into a message: a member's status may be long. */
  #chunk(uids: readonly string[]): Chunk {
    const objects: ObjectObserved[] = [];
    let [taken, bytes] = [0, 0];
    while (taken < uids.length && bytes < CHUNK_BYTES) {
      const object = this.#options.observe(uids[taken]!);
      taken += 1;
      if (!object) continue;
      objects.push(object);
      bytes += toBinary(ObjectObservedSchema, object).byteLength;
    }
    return { uids: uids.slice(0, taken), objects };
  }

  async #send({ uids, objects }: Chunk, marks: { completeBegin: boolean; completeEnd: boolean }): Promise<void> {
    const { cluster, clusterUid, bus, portrait, incarnation } = this.#options;
    const term = this.#term;
    const report = create(ReportSchema, {
      cluster,
      clusterUid,
      term: BigInt(term),
      sequence: BigInt(this.#sequence + 1),
      incarnation: incarnation(),
      objects: [...objects],
      portrait: this.#portraitDue ? portrait() : undefined,
      ...marks,
    });
    this.#portraitDue = false;
    try {
      await bus.publishReport({ cluster, data: toBinary(ReportSchema, report) });
      this.#options.confirm(uids);
    } finally {
      // it may have arrived all the same: the number is spent
      if (this.#term === term) this.#sequence += 1;
    }
  }
}
