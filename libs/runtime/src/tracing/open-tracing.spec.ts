import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransientFailure } from '@skerry/kernel/errors';
import { recordedTracing } from './recorded-tracing.spec-support.ts';
import { formatTraceparent, parseTraceparent, type Tracing } from './tracing.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const UNSAMPLED = `00-${TRACE}-${SPAN}-00`;

let drawn: number;
let tracing: Tracing;
let ended: ReturnType<typeof recordedTracing>['ended'];
beforeEach(() => {
  drawn = 0.5;
  ({ tracing, ended } = recordedTracing({ ratio: 0.5, random: () => drawn }));
});
const nothing = async (): Promise<void> => {};

describe('a traceparent', () => {
  it('is read and written', () => {
    expect(parseTraceparent(SAMPLED)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
    for (const text of [SAMPLED, UNSAMPLED]) expect(formatTraceparent(parseTraceparent(text)!)).toBe(text);
  });

  it.each([
    undefined,
    '',
    'x',
    SAMPLED.toUpperCase(),
    `01${SAMPLED.slice(2)}`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `${SAMPLED}-a`,
  ])('%s is none', (text) => expect(parseTraceparent(text)).toBeUndefined());
});

describe('a request', () => {
  it('begins a trace by the ratio', async () => {
    for (drawn of [0, 0.49, 0.5, 0.99]) await tracing.request({ service: 'gateway', name: `at ${drawn}` }, nothing);
    expect(ended().map(({ name }) => name)).toEqual(['at 0', 'at 0.49']);
  });

  it('goes on with the trace of its caller whatever the ratio, unless that is not recorded', async () => {
    drawn = 0.99;
    await tracing.request({ name: 'recorded', caller: SAMPLED }, nothing);
    drawn = 0;
    await tracing.request({ name: 'not recorded', caller: UNSAMPLED }, nothing);
    expect(ended().map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId])).toEqual([
      ['recorded', SPAN],
    ]);
    expect(ended()[0]!.spanContext().traceId).toBe(TRACE);
  });

  it('of which the caller sends no trace context, but something, is one without a caller', async () => {
    drawn = 0;
    await tracing.request({ name: 'a', caller: 'rubbish' }, nothing);
    expect(ended()).toHaveLength(1);
  });
});

describe('what a stored event asked for', () => {
  it('is in the trace of the event, linked to it and nobody’s child', async () => {
    await tracing.after({ service: 'scheduler', name: 'decide', cause: SAMPLED }, nothing);
    const [span] = ended();
    expect([span!.spanContext().traceId, span!.parentSpanContext]).toEqual([TRACE, undefined]);
    expect(span!.links.map(({ context }) => context.spanId)).toEqual([SPAN]);
    expect(span!.resource.attributes['service.name']).toBe('scheduler');
  });

  it.each(['', UNSAMPLED])('is not recorded when the event belongs to no recorded trace: %j', async (cause) => {
    let given: unknown = 'not called';
    await tracing.after({ name: 'decide', cause }, async (span) => void (given = span));
    expect([given, ended()]).toEqual([undefined, []]);
  });

  it('is not recorded when it turns out to be nothing, but when it fails', async () => {
    await tracing.after({ name: 'nothing', cause: SAMPLED }, async (span) => span?.drop());
    const failing = tracing.after({ name: 'fails', cause: SAMPLED }, async (span) => {
      span?.drop();
      throw new TransientFailure('password hunter2 is wrong');
    });
    await expect(failing).rejects.toThrow(TransientFailure);
    expect(ended().map(({ name, attributes }) => [name, attributes])).toEqual([
      ['fails', { 'error.type': 'TransientFailure' }],
    ]);
  });

  it('two at once are each in their own trace', async () => {
    const other = SAMPLED.replace('4bf', 'aaa');
    await Promise.all([SAMPLED, other].map((cause) => tracing.after({ name: cause, cause }, nothing)));
    expect(ended().map((span) => span.name.includes(span.spanContext().traceId))).toEqual([true, true]);
  });
});

describe('a hop', () => {
  it('is a child of what is under way, across waits, and of the same service', async () => {
    await tracing.after({ service: 'rollout', name: 'decide', cause: SAMPLED }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await tracing.hop({ name: 'append' }, nothing);
    });
    const [append, decide] = ended();
    expect(append!.parentSpanContext?.spanId).toBe(decide!.spanContext().spanId);
    expect(append!.resource.attributes['service.name']).toBe('rollout');
  });

  it('of nothing is not recorded', async () => {
    await tracing.hop({ name: 'append' }, nothing);
    expect(ended()).toEqual([]);
  });
});

describe('a wait', () => {
  it('ends with what it came to; one that is never over is not recorded', () => {
    tracing.wait({ name: 'never', parent: SAMPLED });
    tracing.wait({ name: 'pods ready', parent: SAMPLED })({ 'skerry.ready': 3 });
    tracing.wait({ name: 'not recorded', parent: UNSAMPLED })();
    expect(ended().map(({ name, attributes }) => [name, attributes['skerry.ready']])).toEqual([['pods ready', 3]]);
  });
});
