import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Leases } from '@skerry/ports/lease/lease';

export interface OpenedLeases {
  readonly leases: Leases;
  /** lets this much time pass by the clock that the leases go by */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const TTL_MS = 300;

/** What every lease store promises. */
export const leaseContract = (open: () => Promise<OpenedLeases>): void => {
  let opened: OpenedLeases;
  let leases: Leases;
  beforeEach(async () => {
    opened = await open();
    leases = opened.leases;
  });
  afterEach(() => opened.close());
  const acquire = (holder: string, ttlMs = 60_000) => leases.acquire({ name: 'relay', holder, ttlMs });

  it('gives a lease to one holder only', async () => {
    expect(await acquire('one')).toEqual({ name: 'relay', holder: 'one', term: 1 });
    expect(await acquire('two')).toBeUndefined();
    expect(await leases.acquire({ name: 'other', holder: 'two', ttlMs: 60_000 })).toMatchObject({ term: 1 });
  });

  it('gives it to one of many who ask at once', async () => {
    const terms = await Promise.all(Array.from({ length: 8 }, (_, i) => acquire(`holder-${i}`)));
    expect(terms.filter((term) => term !== undefined)).toHaveLength(1);
  });

  it('starts a new term when the same holder acquires afresh', async () => {
    const first = (await acquire('one'))!;
    const second = (await acquire('one'))!;
    expect(second.term).toBe(first.term + 1);
    expect(await leases.renew(first, 60_000)).toBe(false);
    expect(await leases.renew(second, 60_000)).toBe(true);
  });

  it('gives a lease that ran out to the next, with a higher term, and the first cannot renew it', async () => {
    const first = (await acquire('one', TTL_MS))!;
    await opened.pass(TTL_MS + 50);
    expect(await leases.renew(first, TTL_MS)).toBe(false);
    const second = (await acquire('two'))!;
    expect(second.term).toBe(first.term + 1);
    expect(await leases.renew(first, 60_000)).toBe(false);
  });

  it('lasts as long as it is renewed', async () => {
    const term = (await acquire('one', TTL_MS))!;
    expect(await leases.renew(term, 60_000)).toBe(true);
    await opened.pass(TTL_MS + 50);
    expect(await acquire('two')).toBeUndefined();
  });

  it('is free at once after a release, and only its own term can release it', async () => {
    const first = (await acquire('one'))!;
    await leases.release(first);
    const second = (await acquire('two'))!;
    expect(second.term).toBe(first.term + 1);
    await leases.release(first);
    expect(await acquire('three')).toBeUndefined();
  });
};
