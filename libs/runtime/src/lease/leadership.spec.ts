import { beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Leases } from '@skerry/ports/lease/lease';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { silentLog } from '../telemetry/log.ts';
import { LEASE_TTL_MS, Leadership } from './leadership.ts';

let clock: VirtualClock;
let store: MemoryStore;
beforeEach(() => {
  clock = new VirtualClock();
  store = createMemoryStore({ clock });
});

/** The lease's way to the store, which a test can cut or let hang. */
class Line implements Leases {
  state: 'up' | 'cut' | 'hangs' = 'up';
  readonly #leases: Leases;
  constructor(leases: Leases) {
    this.#leases = leases;
  }
  acquire(request: Parameters<Leases['acquire']>[0]) {
    return this.#through(() => this.#leases.acquire(request));
  }
  renew(...args: Parameters<Leases['renew']>) {
    return this.#through(() => this.#leases.renew(...args));
  }
  release(...args: Parameters<Leases['release']>) {
    return this.#through(() => this.#leases.release(...args));
  }
  async #through<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.state === 'cut') throw new TransientFailure('cut');
    if (this.state === 'hangs') return new Promise(() => {});
    return ask();
  }
}

const candidate = (holder: string) => {
  const told: string[] = [];
  const line = new Line(store.leases);
  const leadership = new Leadership({
    name: 'replicas',
    holder,
    leases: line,
    clock,
    log: silentLog,
    onElected: ({ term }) => told.push(`elected ${term}`),
    onLost: () => told.push('lost'),
  });
  return { leadership, told, line };
};

describe('leadership', () => {
  it('goes to the first who asks and stays there while it is renewed', async () => {
    const [first, second] = [candidate('first'), candidate('second')];
    await first.leadership.start();
    await second.leadership.start();
    await clock.advanceAsync(60_000);
    expect([first.told, second.told]).toEqual([['elected 1'], []]);
    expect(first.leadership.term).toMatchObject({ holder: 'first', term: 1 });
  });

  it.each(['cut', 'hangs'] as const)(
    'is given up by the holder and taken by the standby when the way to the store is %s',
    async (state) => {
      const [first, second] = [candidate('first'), candidate('second')];
      await first.leadership.start();
      await second.leadership.start();
      await clock.advanceAsync(10_000);
      first.line.state = state;
      // the last renewal may have been just now: it runs out a TTL later, and the standby asks every 250 ms
      await clock.advanceAsync(LEASE_TTL_MS + 250);
      expect(second.told).toEqual(['elected 2']);
      await clock.advanceAsync(1_000);
      expect(first.told).toEqual(['elected 1', 'lost']);
      expect(first.leadership.term).toBeUndefined();
    },
  );

  it('passes at once to the standby when its holder stops', async () => {
    const [first, second] = [candidate('first'), candidate('second')];
    await first.leadership.start();
    await second.leadership.start();
    await first.leadership.stop();
    await clock.advanceAsync(250);
    expect([first.told, second.told]).toEqual([['elected 1', 'lost'], ['elected 2']]);
  });

  it('is not kept by somebody who stopped while it was given to him', async () => {
    const [first, second] = [candidate('first'), candidate('second')];
    const starting = first.leadership.start();
    await first.leadership.stop();
    await starting;
    await second.leadership.start();
    expect([first.told, second.told]).toEqual([[], ['elected 2']]);
    await second.leadership.stop();
    expect(clock.pending).toBe(0);
  });

  it('is taken anew by its holder after an outage', async () => {
    const first = candidate('first');
    await first.leadership.start();
    first.line.state = 'cut';
    await clock.advanceAsync(LEASE_TTL_MS + 1_000);
    first.line.state = 'up';
    await clock.advanceAsync(250);
    expect(first.told).toEqual(['elected 1', 'lost', 'elected 2']);
  });

  it('of two who both believe to hold it lets only the newer append', async () => {
    const [first, second] = [candidate('first'), candidate('second')];
    await first.leadership.start();
    await second.leadership.start();
    first.line.state = 'hangs';
    await clock.advanceAsync(LEASE_TTL_MS + 100);
    expect([first.leadership.term?.term, second.leadership.term?.term]).toEqual([1, 2]);
    const append = (term: number) =>
      store.events.append(appendOf([eventOf('placement-a')], { lease: { name: 'replicas', term } }));
    expect(await append(1)).toMatchObject({ kind: 'stale-lease' });
    expect(await append(2)).toMatchObject({ kind: 'appended' });
  });
});
