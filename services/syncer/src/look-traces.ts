import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { Causes } from '@skerry/runtime/service/causes';
import type { SpanAttributes, Tracing } from '@skerry/runtime/tracing/tracing';
import type { Order } from './desired-state.ts';
import { isCounted, type LiveState } from './live-state.ts';
import type { Reconciled } from './reconcile-object.worker.ts';

export interface LookTracesParts {
  readonly cluster: string;
  readonly tracing?: Tracing | undefined;
  readonly desiredOf: (uid: string) => Order | undefined;
  readonly live: Pick<LiveState, 'ofHubUid' | 'readyOf'>;
}

const SERVICE = 'syncer';
const isOver = (state: ObservedState): boolean => state === ObservedState.APPLIED || state === ObservedState.GONE;

/** Spans of one syncer: each look that an order asked for until it is carried out, and the wait until its pods are ready. */
export class LookTraces {
  readonly #parts: LookTracesParts;
  readonly #causes = new Causes();
  /** by uid: ends the wait for ready pods */
  readonly #waits = new Map<string, (attributes: SpanAttributes) => void>();

  constructor(parts: LookTracesParts) {
    this.#parts = parts;
  }

  /** The hub told something new of the object. */
  ordered(uid: string, row: StoredEvent): void {
    if (this.#parts.tracing && row.meta.traceparent !== '') this.#causes.note(uid, row);
  }

  look(ref: ObjectRef, work: () => Promise<Reconciled | undefined>): Promise<Reconciled | undefined> {
    const { tracing, cluster } = this.#parts;
    const cause = this.#causes.of(ref.uid);
    if (!tracing || !cause) return work();
    const attributes = { 'skerry.cluster': cluster, 'skerry.key': ref.uid, 'skerry.kind': ref.kind };
    const of = { service: SERVICE, name: 'reconcile', cause: cause.traceparent, attributes };
    return tracing.after(of, async (span) => {
      const result = await work();
      if (!result?.outcome) span?.drop();
      if (!result?.outcome || !span) return result;
      const { state } = result.outcome;
      span.set({ 'skerry.state': ObservedState[state] });
      if (isOver(state)) this.#causes.forget(ref.uid, cause);
      if (state === ObservedState.APPLIED && isCounted(ref)) this.#waitForPods(ref.uid, span.traceparent);
      return result;
    });
  }

  /** Something changed in the cluster. */
  seen(uid: string): void {
    const end = this.#waits.get(uid);
    if (!end) return;
    const told = this.#parts.desiredOf(uid)?.told ?? 0;
    const ready = this.#readyOf(uid);
    if (ready < told) return;
    this.#waits.delete(uid);
    end({ 'skerry.told': told, 'skerry.ready': ready });
  }

  forget(uid: string): void {
    this.#waits.delete(uid);
  }

  /** Until as many as are told are ready; a wait that is never over is never recorded. */
  #waitForPods(uid: string, parent: string): void {
    const { tracing, cluster } = this.#parts;
    const attributes = { 'skerry.cluster': cluster, 'skerry.key': uid };
    this.#waits.set(uid, tracing!.wait({ service: SERVICE, name: 'pods ready', parent, attributes }));
    this.seen(uid);
  }

  #readyOf(uid: string): number {
    const { live } = this.#parts;
    return live.ofHubUid(uid).reduce((sum, entry) => sum + live.readyOf(entry), 0);
  }
}
