import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ObjectDesired } from '@skerry/contract/generated/skerry/v1/desired_pb';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { SpanAttributes, SpanRequest, Tracing } from '@skerry/runtime/tracing/tracing';
import type { LiveEntry } from './live-state.ts';
import { LookTraces } from './look-traces.ts';
import { outcomeOf } from './outcome.ts';

/** Keeps what was recorded as lines. */
const recorder = () => {
  const lines: string[] = [];
  const line = (of: SpanRequest, more: SpanAttributes = {}): void => {
    const { 'skerry.state': state, 'skerry.ready': ready } = more;
    lines.push([of.name, state, ready].filter((one) => one !== undefined).join(' '));
  };
  const tracing: Tracing = {
    request: (_of, work) => work(undefined),
    hop: (_of, work) => work(undefined),
    after: async (of, work) => {
      let said: SpanAttributes = {};
      let dropped = false;
      const set = (more: SpanAttributes): void => void (said = { ...said, ...more });
      const result = await work({ traceparent: `child of ${of.cause}`, set, drop: () => (dropped = true) });
      if (!dropped) line(of, said);
      return result;
    },
    wait: (of) => (attributes) => line(of, attributes),
    close: async () => {},
  };
  return { lines, tracing };
};

const ref = { uid: 'u1', group: 'apps', kind: 'Deployment' } as ObjectRef;
const order = (traceparent: string) => ({ eventId: 'e', meta: { correlationId: 'c', traceparent } }) as StoredEvent;
const waiting = { outcome: outcomeOf(ObservedState.WAITING, { reason: 'NamespaceMissing', message: '' }) };
const applied = { outcome: outcomeOf(ObservedState.APPLIED, { reason: '', message: '' }) };

let ready: number;
let recorded: ReturnType<typeof recorder>;
let traces: LookTraces;
beforeEach(() => {
  ready = 0;
  recorded = recorder();
  traces = new LookTraces({
    cluster: 'north',
    tracing: recorded.tracing,
    desiredOf: () => ({ told: 2 }) as ObjectDesired,
    live: { ofHubUid: () => [{} as LiveEntry], readyOf: () => ready },
  });
});

describe('the looks at an object', () => {
  it('are recorded from the order until it is carried out, and no longer', async () => {
    await traces.look(ref, async () => applied);
    traces.ordered('u1', order('t1'));
    for (const result of [waiting, undefined, applied, applied]) await traces.look(ref, async () => result);
    expect(recorded.lines).toEqual(['reconcile WAITING', 'reconcile APPLIED']);
  });

  it('for an order that belongs to no trace are not recorded', async () => {
    traces.ordered('u1', order(''));
    await traces.look(ref, async () => applied);
    expect(recorded.lines).toEqual([]);
  });
});

describe('the wait for pods', () => {
  const apply = async (): Promise<void> => {
    traces.ordered('u1', order('t1'));
    await traces.look(ref, async () => applied);
  };

  it('is over when as many are ready as were told', async () => {
    await apply();
    for (ready of [0, 1, 2, 3]) traces.seen('u1');
    expect(recorded.lines).toEqual(['pods ready 2', 'reconcile APPLIED'].reverse());
  });

  it('is not recorded for what has no pods, nor for what went before', async () => {
    traces.ordered('u1', order('t1'));
    await traces.look({ ...ref, group: '', kind: 'ConfigMap' } as ObjectRef, async () => applied);
    await apply();
    traces.forget('u1');
    ready = 2;
    traces.seen('u1');
    expect(recorded.lines).toEqual(['reconcile APPLIED', 'reconcile APPLIED']);
  });
});
