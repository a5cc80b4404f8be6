import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ChangeBatch, ObjectChange, ObjectWatch, StoredObject } from '@skerry/ports/object-store/object-store';
import { type Exchange, isStoreError, present } from '../exchange.ts';
import type { KubeStream } from '../request.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { expired, statusErrorOf } from '../status-errors/errors.ts';
import { represent } from '../table/represent.ts';
import type { ObjectMatcher } from '../verbs/list-query.ts';

interface WatchStreamOptions {
  readonly exchange: Exchange;
  readonly changes: ObjectWatch;
  readonly matches: ObjectMatcher | undefined;
  /** Objects to begin with, each as ADDED. */
  readonly state: readonly StoredObject[] | undefined;
  readonly stateVersion: string;
  readonly bookmarks: boolean;
  /** Whether a bookmark marks the end of that state. */
  readonly endOfState: boolean;
  readonly timeoutMs: number;
}

/**
 * The lines of one watch. Pulled by its reader: while nobody pulls, changes wait in the store's watch, which gives up when
 * they become too many. Ends by timeout, by `close`, or after an ERROR event.
 */
export class WatchStream implements KubeStream {
  readonly #options: WatchStreamOptions;
  #headers = true;
  #closed = false;
  #bookmarkDue = false;
  #cancelTimeout: () => void;
  #cancelBookmark: () => void = () => {};

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    const { environment } = options.exchange.context;
    this.#cancelTimeout = environment.after(options.timeoutMs, () => this.close());
    if (options.bookmarks) this.#scheduleBookmark();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimeout();
    this.#cancelBookmark();
    this.#options.changes.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      yield* this.#begin();
      yield* this.#follow();
    } finally {
      this.close();
    }
  }

  *#begin(): Generator<string> {
    const { state = [], stateVersion, endOfState, exchange } = this.#options;
    for (const stored of state) {
      if (this.#closed) return;
      yield this.#line('ADDED', present(exchange, stored));
    }
    if (endOfState) yield this.#bookmark(stateVersion, { 'k8s.io/initial-events-end': 'true' });
  }

  async *#follow(): AsyncGenerator<string> {
    while (!this.#closed) {
      let batch: ChangeBatch;
      try {
        batch = await this.#options.changes.next();
      } catch (cause) {
        yield this.#failure(cause as Error);
        return;
      }
      for (const change of batch.changes) {
        const line = this.#changeLine(change);
        if (line !== undefined) yield line;
      }
      if (this.#bookmarkDue) {
        this.#bookmarkDue = false;
        yield this.#bookmark(batch.checkpoint);
        this.#scheduleBookmark();
      }
    }
  }

  #scheduleBookmark(): void {
    const { context } = this.#options.exchange;
    if (this.#closed) return;
    this.#cancelBookmark = context.environment.after(context.options.bookmarkIntervalMs ?? 60_000, () => {
      this.#bookmarkDue = true;
      this.#options.changes.nudge();
    });
  }

  #changeLine(change: ObjectChange): string | undefined {
    const { matches } = this.#options;
    const before = this.#shown(change, change.previous);
    const after = this.#shown(change, change.current);
    const was = before !== undefined && (matches === undefined || matches(before));
    const is = after !== undefined && (matches === undefined || matches(after));
    if (is) return this.#line(was ? 'MODIFIED' : 'ADDED', after);
    // What leaves the selection is shown as it last was in it, under the version of the change.
    return was ? this.#line('DELETED', before) : undefined;
  }

  #shown({ key, version }: ObjectChange, object: KubeObject | undefined): KubeObject | undefined {
    return object === undefined ? undefined : present(this.#options.exchange, { key, object, version });
  }

  #line(type: string, object: KubeObject): string {
    const shown = represent(this.#options.exchange, object, this.#headers);
    this.#headers = false;
    return `${JSON.stringify({ type, object: shown })}\n`;
  }

  #bookmark(version: string, annotations?: Record<string, string>): string {
    const { resource } = this.#options.exchange;
    const metadata = { resourceVersion: version, ...(annotations === undefined ? {} : { annotations }) };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
  }

  #failure(error: Error): string {
    const status = isStoreError(error, 'expired') ? expired(error.message).status : statusErrorOf(error).status;
    return `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
  }
}
