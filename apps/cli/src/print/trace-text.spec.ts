import { describe, expect, it } from '@jest/globals';
import { joinedTrace, type JaegerSpan } from '@skerry/runtime/tracing/jaeger-trace';
import { traceText } from './trace-text.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const BEGAN = Date.parse('2026-11-22T12:00:00.500Z') * 1_000;

interface Told {
  readonly id: string;
  readonly of?: string;
  readonly at: number;
  readonly service: string;
  readonly name: string;
  readonly tags?: Record<string, string | number>;
}

const span = ({ id, of, at, service, name, tags = {} }: Told): JaegerSpan => ({
  ...{ traceID: TRACE, spanID: id, operationName: name, processID: service, logs: [] },
  references: of === undefined ? [] : [{ refType: 'FOLLOWS_FROM', traceID: TRACE, spanID: of }],
  ...{ startTime: BEGAN + at * 1_000, duration: 1_500 },
  tags: Object.entries(tags).map(([key, value]) => ({ key, type: 'string', value })),
});

describe('a trace', () => {
  it('is a tree in order of time, of what comes out of what, whoever wrote it down', () => {
    const [member, decide, apply, other] = [
      span({ id: 'c', of: 'b', at: 40, service: 'syncer', name: 'reconcile', tags: { 'skerry.cluster': 'north' } }),
      span({ id: 'b', of: 'a', at: 15.25, service: 'replicas', name: 'decide' }),
      span({ id: 'a', of: 'callers', at: 0, service: 'gateway', name: 'apply', tags: { 'url.path': '/x' } }),
      span({ id: 'd', of: 'a', at: 6, service: 'gateway', name: 'append', tags: { 'skerry.answer': 'conflict' } }),
    ];
    expect(traceText(joinedTrace([member, decide, apply, other])).split('\n')).toEqual([
      `trace ${TRACE}, 2026-11-22T12:00:00.500Z, ms`,
      '    BEGAN     TOOK  SPAN',
      '      0.0      1.5  gateway apply /x',
      '      6.0      1.5    gateway append conflict',
      '     15.3      1.5    replicas decide',
      '     40.0      1.5      syncer reconcile north',
    ]);
  });
});
