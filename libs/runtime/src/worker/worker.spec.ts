import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { ConcurrencyConflict, TransientFailure } from '@skerry/kernel/errors';
import { silentLog } from '../telemetry/log.ts';
import { Worker, type WorkerOptions } from './worker.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

const workerOf = (work: WorkerOptions['work'], more: Partial<WorkerOptions> = {}): Worker =>
  new Worker({ name: 'test', clock, log: silentLog, work, ...more });

/** Work that ends when the test says so. */
const gated = () => {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const work = (key: string): Promise<void> => {
    started.push(key);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { started, work, endOne: async () => (ends.shift()!(), await clock.advanceAsync(0)) };
};

describe('a worker', () => {
  it('works on nothing before it is open, and then on what was marked', async () => {
    const seen: string[] = [];
    const worker = workerOf(async (key) => void seen.push(key));
    worker.mark('a');
    await clock.advanceAsync(1_000);
    expect([seen, worker.depth]).toEqual([[], 1]);
    worker.open();
    await clock.advanceAsync(0);
    expect([seen, worker.depth]).toEqual([['a'], 0]);
  });

  it('never works on a key twice at once; marked while it runs, it comes again', async () => {
    const { started, work, endOne } = gated();
    const worker = workerOf(work);
    worker.open();
    for (let i = 0; i < 3; i++) worker.mark('a');
    worker.mark('b');
    expect(started).toEqual(['a', 'b']);
    await endOne();
    expect(started).toEqual(['a', 'b', 'a']);
    await endOne();
    await endOne();
    expect([started.length, worker.depth]).toEqual([3, 0]);
  });

  it('forgets what is over: it is neither looked at, nor tried again, nor parked any more', async () => {
    const seen: string[] = [];
    const worker = workerOf(async (key) => {
      seen.push(key);
      if (key === 'parked') throw new Error('cannot be');
      if (key === 'retried') throw new TransientFailure('not now');
      return { wakeAtMs: clock.monotonicMs() + 1_000 };
    });
    worker.open();
    for (const key of ['parked', 'retried', 'waits']) worker.mark(key);
    await clock.advanceAsync(0);
    await worker.close();
    worker.mark('backlog');
    for (const key of ['parked', 'retried', 'waits', 'backlog']) worker.forget(key);
    expect([worker.depth, worker.parked, clock.pending]).toEqual([0, [], 0]);
    worker.open();
    worker.mark('waits');
    await clock.advanceAsync(0);
    worker.forget('waits');
    await clock.advanceAsync(60_000);
    expect(seen).toEqual(['parked', 'retried', 'waits', 'waits']);
  });

  it('works on no more keys at once than it is given', async () => {
    const { started, work, endOne } = gated();
    const worker = workerOf(work, { concurrency: 2 });
    worker.open();
    for (const key of ['a', 'b', 'c']) worker.mark(key);
    expect(started).toEqual(['a', 'b']);
    await endOne();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('does not let news wait for the backlog of a start, nor the backlog for ever for news', async () => {
    const { started, work, endOne } = gated();
    const worker = workerOf(work, { concurrency: 1 });
    const all = (letter: string): string[] => Array.from({ length: 20 }, (_, index) => `${letter}${index}`);
    for (const key of all('old')) worker.mark(key);
    worker.open();
    for (const key of all('new')) worker.mark(key);
    worker.mark('old19');
    while (worker.depth > 0) await endOne();
    const half = started.slice(0, 20);
    expect(half.filter((key) => key.startsWith('new')).length).toBeGreaterThanOrEqual(14);
    expect(half.filter((key) => key.startsWith('old')).length).toBeGreaterThanOrEqual(5);
    expect(started.toSorted()).toEqual([...all('old'), ...all('new')].sort());
    expect(started.indexOf('old19')).toBeLessThan(started.indexOf('old18'));
  });

  it('comes back to a key that was marked while it ran, also when others never end', async () => {
    const { started, work, endOne } = gated();
    const worker = workerOf(work, { concurrency: 2 });
    worker.open();
    worker.mark('a');
    worker.mark('a');
    for (let next = 0; next < 20; next++) {
      worker.mark(`b${next}`);
      await endOne();
    }
    expect(started.filter((key) => key === 'a').length).toBe(2);
  });

  it.each([new TransientFailure('away'), new ConcurrencyConflict('lost')])(
    'tries a key again, later each time, and holds up no other: %s',
    async (failure) => {
      const tries: number[] = [];
      const others: string[] = [];
      const worker = workerOf(async (key) => {
        if (key !== 'a') return void others.push(key);
        tries.push(clock.monotonicMs());
        if (tries.length < 5) throw failure;
      });
      worker.open();
      for (const key of ['a', 'b', 'c']) worker.mark(key);
      await clock.advanceAsync(5_000);
      // 50 · 2^(n − 1) after each failure
      expect(tries).toEqual([0, 50, 150, 350, 750]);
      expect([others, worker.parked]).toEqual([['b', 'c'], []]);
      expect(worker.figures.ends).toEqual({ done: 3, retried: 4, parked: 0 });
    },
  );

  it('backs off 10 s at most, or as long as the other side said', async () => {
    const tries: number[] = [];
    const worker = workerOf(async (key) => {
      if (key === 'told') {
        tries.push(clock.monotonicMs());
        if (tries.length === 1) throw new TransientFailure('busy', { retryAfterMs: 700 });
      }
      if (key === 'long') throw new TransientFailure('away');
    });
    worker.open();
    worker.mark('told');
    await clock.advanceAsync(1_000);
    expect(tries).toEqual([0, 700]);
    worker.mark('long');
    await clock.advanceAsync(60_000);
    const before = worker.figures.ends.retried;
    await clock.advanceAsync(100_000);
    expect(worker.figures.ends.retried - before).toBe(10);
  });

  it('parks a key whose work throws, with its reason; marked, it gets another chance', async () => {
    let broken = true;
    const seen: string[] = [];
    const worker = workerOf(async (key) => {
      if (key === 'a' && broken) throw new RangeError('no cluster 7');
      seen.push(key);
    });
    worker.open();
    worker.mark('a');
    worker.mark('b');
    await clock.advanceAsync(60_000);
    expect(worker.parked).toEqual([{ key: 'a', reason: 'no cluster 7', since: new Date('2026-01-01T00:00:00Z') }]);
    expect([seen, worker.figures]).toMatchObject([['b'], { parked: 1, waiting: 0, ends: { parked: 1 } }]);
    broken = false;
    worker.mark('a');
    await clock.advanceAsync(0);
    expect([seen, worker.parked]).toEqual([['b', 'a'], []]);
  });

  it('says in the log what a failing key belongs to', async () => {
    const lines: object[] = [];
    const log = { ...silentLog, error: (keys: object) => void lines.push(keys) };
    const describeKey = () => ({ correlationId: 'c-1' });
    const worker = workerOf(() => Promise.reject(new Error('no')), { log, describe: describeKey });
    worker.open();
    worker.mark('a');
    await clock.advanceAsync(0);
    expect(lines).toMatchObject([{ worker: 'test', key: 'a', correlationId: 'c-1' }]);
  });

  it('looks at a key at the earliest of the times that were asked for', async () => {
    const seen: number[] = [];
    const asked = [500, 2_000, undefined];
    const worker = workerOf(async () => {
      seen.push(clock.monotonicMs());
      const wakeAtMs = asked.shift();
      return wakeAtMs === undefined ? undefined : { wakeAtMs };
    });
    worker.open();
    worker.mark('a');
    await clock.advanceAsync(100);
    worker.mark('a'); // asks for 2,000; 500 stands
    await clock.advanceAsync(5_000);
    expect(seen).toEqual([0, 100, 500]);
  });

  it('replaces a later time by an earlier one', async () => {
    const seen: number[] = [];
    const asked = [2_000, 500, undefined];
    const worker = workerOf(async () => {
      seen.push(clock.monotonicMs());
      const wakeAtMs = asked.shift();
      return wakeAtMs === undefined ? undefined : { wakeAtMs };
    });
    worker.open();
    worker.mark('a');
    await clock.advanceAsync(100);
    worker.mark('a');
    await clock.advanceAsync(5_000);
    expect(seen).toEqual([0, 100, 500]);
  });
});

describe('a worker closes', () => {
  it('when what runs has ended, and starts nothing more', async () => {
    const { started, work, endOne } = gated();
    const worker = workerOf(work, { concurrency: 1 });
    worker.open();
    worker.mark('a');
    worker.mark('b');
    let closed = false;
    void worker.close().then(() => (closed = true));
    await clock.advanceAsync(10);
    expect(closed).toBe(false);
    await endOne();
    expect([closed, started, worker.depth]).toEqual([true, ['a'], 1]);
  });

  it('and forgets no key that was in back-off, waited for its time, or failed while it closed', async () => {
    const seen: string[] = [];
    let fails = true;
    let fail: () => void = () => {};
    const worker = workerOf(async (key) => {
      if (!fails) return void seen.push(key);
      if (key === 'timed') return { wakeAtMs: 10_000 };
      if (key === 'running') await new Promise<void>((resolve) => (fail = resolve));
      throw new TransientFailure('away');
    });
    worker.open();
    for (const key of ['backing-off', 'timed', 'running']) worker.mark(key);
    await clock.advanceAsync(10);
    const closing = worker.close();
    fail();
    await closing;
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(60_000);
    expect(seen).toEqual([]);
    fails = false;
    worker.open();
    await clock.advanceAsync(0);
    expect(seen.sort()).toEqual(['backing-off', 'running', 'timed']);
  });
});
