import { beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { selectionStream } from '@skerry/domain/selection/selection';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { LeaseTerm } from '@skerry/ports/lease/lease';
import { noMetrics } from '../telemetry/metrics.ts';
import { Appender, type AppenderOptions, type Decided, outgoing } from './appender.ts';

let clock: VirtualClock;
let store: MemoryStore;
let folded: StoredEvent[];
let answers: string[];
beforeEach(() => {
  clock = new VirtualClock();
  store = createMemoryStore({ clock });
  folded = [];
  answers = [];
});

const appender = (more: Partial<AppenderOptions> = {}): Appender =>
  new Appender({
    actor: 'service:scheduler',
    store: store.events,
    clock,
    metrics: { ...noMetrics, answered: ({ answer, events }) => void answers.push(`${answer} ${events}`) },
    onAppended: (events) => folded.push(...events),
    ...more,
  });

const decided = (more: Partial<Decided> = {}): Decided => ({
  commandId: 'command',
  expected: [{ stream: selectionStream('u1'), version: 0 }],
  events: [
    outgoing('SelectionDecided', {
      stream: selectionStream('u1'),
      partition: '3',
      namespace: 'shop',
      uid: 'u1',
      data: { basis: 'b1' },
    }),
  ],
  ...more,
});

describe('an appended decision', () => {
  it('is folded when it is acknowledged, as the row that the store made of it', async () => {
    const rows = await appender().append(decided());
    expect(folded).toEqual(rows);
    expect(rows).toMatchObject([{ position: 1, version: 1, channel: 'selection.3', cluster: '' }]);
    expect(answers).toEqual(['appended 1']);
  });

  it('says who decided, and begins a correlation of its own when it belongs to none', async () => {
    const [row] = await appender().append(decided());
    expect(row!.meta).toEqual({
      actor: 'service:scheduler',
      correlationId: 'command',
      causationId: 'command',
      traceparent: '',
    });
  });

  it('carries on the correlation and the trace that it is given', async () => {
    const meta = { correlationId: 'c', causationId: 'e', traceparent: 't' };
    const [row] = await appender().append(decided(meta));
    expect(row!.meta).toMatchObject(meta);
  });

  it('is the same event when its answer was lost and it is repeated', async () => {
    store.events.failNextAppends('after');
    await expect(appender().append(decided())).rejects.toMatchObject({ name: 'TransientFailure' });
    expect(folded).toEqual([]);
    await appender().append(decided());
    expect(folded.map(({ position }) => position)).toEqual([1]);
    expect([answers, await store.events.head()]).toMatchObject([['failed 1', 'already-there 1'], { position: 1 }]);
  });

  it('of no event asks the store nothing', async () => {
    expect(await appender().append(decided({ events: [] }))).toEqual([]);
    expect(answers).toEqual([]);
  });
});

describe('an append is refused', () => {
  it('as a lost race when a stream has moved', async () => {
    await appender().append(decided());
    const failing = appender().append(decided({ commandId: 'another' }));
    await expect(failing).rejects.toMatchObject({
      name: 'ConcurrencyConflict',
      message: 'stream selection-u1 is at version 1, decided on 0',
    });
    expect([folded.length, answers]).toEqual([1, ['appended 1', 'conflict 1']]);
  });

  it('without a lease where one is needed, before the store is asked', async () => {
    const failing = appender({ lease: () => undefined }).append(decided());
    await expect(failing).rejects.toMatchObject({
      name: 'TransientFailure',
      message: 'service:scheduler holds no lease',
    });
    expect(answers).toEqual([]);
  });

  it('when the lease has gone to somebody else', async () => {
    const term = (await store.leases.acquire({ name: 'l', holder: 'a', ttlMs: 100 })) as LeaseTerm;
    clock.advance(200);
    await store.leases.acquire({ name: 'l', holder: 'b', ttlMs: 100 });
    await expect(appender({ lease: () => term }).append(decided())).rejects.toThrow(
      'lease l is no longer held by term 1',
    );
    expect([folded, answers]).toEqual([[], ['stale-lease 1']]);
  });
});
