import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import type { AppendOutcome, EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import { lastRows } from '@skerry/ports/event-store/last-rows';
import type { Leases } from '@skerry/ports/lease/lease';
import { appendOf, eventOf, someMeta } from '../builders/append.ts';
import { waitUntil } from './wait-until.ts';

export interface OpenedEventStore {
  readonly events: EventStore;
  readonly leases: Leases;
  close(): Promise<void>;
}

const appended = (outcome: AppendOutcome): readonly StoredEvent[] => {
  if (outcome.kind !== 'appended') throw new Error(`expected the append to succeed, it was ${JSON.stringify(outcome)}`);
  return outcome.events;
};

/** What every event store promises. `open` gives an empty store. */
export const eventStoreContract = (open: () => Promise<OpenedEventStore>): void => {
  let opened: OpenedEventStore;
  let store: EventStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.events;
  });
  afterEach(() => opened.close());

  describe('appending', () => {
    it('keeps the versions of all streams right when an append beside them is refused', async () => {
      for (const stream of ['manifest-x', 'manifest-a', 'manifest-b'])
        appended(await store.append(appendOf([eventOf(stream)])));
      // sent at once, so that a store that gathers appends gathers these: the refused one first
      const [refused, done] = await Promise.all([
        store.append(appendOf([eventOf('manifest-x')], { expected: [{ stream: 'manifest-x', version: 7 }] })),
        store.append(appendOf([eventOf('manifest-a'), eventOf('manifest-b')])),
      ]);
      expect([refused.kind, done.kind]).toEqual(['conflict', 'appended']);
      const versions = await Promise.all(['x', 'a', 'b'].map((name) => store.streamVersion(`manifest-${name}`)));
      expect(versions).toEqual([1, 2, 2]);
      const last = await store.readLastPerStream({ category: 'manifest' });
      expect(last.map(({ stream, position, version }) => [stream, position, version])).toEqual([
        ['manifest-a', 4, 2],
        ['manifest-b', 5, 2],
        ['manifest-x', 1, 1],
      ]);
    });

    it('gives positions without a gap and versions per stream', async () => {
      const first = appended(await store.append(appendOf([eventOf('manifest-a'), eventOf('manifest-b')])));
      const second = appended(await store.append(appendOf([eventOf('manifest-a')])));
      expect([...first, ...second].map(({ position, stream, version }) => [position, stream, version])).toEqual([
        [1, 'manifest-a', 1],
        [2, 'manifest-b', 1],
        [3, 'manifest-a', 2],
      ]);
    });

    it('keeps every field, and the data byte for byte', async () => {
      const data = Uint8Array.from([0, 255, 92, 39, 34, 123, 10, 0]);
      const event = eventOf('desired-c1/u1', {
        data,
        partition: 'c1',
        namespace: 'größe "x"',
        uid: 'u1',
        cluster: 'c1',
      });
      const meta = { ...someMeta, actor: "user:o'hara, {\\}" };
      const answered = appended(await store.append(appendOf([event], { meta })));
      const { events } = await store.read({ after: 0 });
      const { incarnation } = await store.head();
      expect(events).toEqual(answered);
      expect({ ...events[0]!, data: [...events[0]!.data] }).toMatchObject({
        ...event,
        data: [...data],
        meta,
        category: 'desired',
        channel: 'desired.c1',
        incarnation,
        position: 1,
        version: 1,
      });
      expect(events[0]!.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Math.abs(events[0]!.recordedAt.getTime() - Date.now())).toBeLessThan(60_000);
    });

    it('chains the events of a channel by position and hash', async () => {
      const [a] = appended(await store.append(appendOf([eventOf('scale-a', { partition: '3' })])));
      const more = [eventOf('scale-x', { partition: '4' }), eventOf('scale-b', { partition: '3' })];
      const [, b, c] = appended(await store.append(appendOf([...more, eventOf('scale-c', { partition: '3' })])));
      expect([a, b, c].map((row) => row!.channelPrev)).toEqual([0, a!.position, b!.position]);
      expect([a, b, c].map((row) => row!.previousHash)).toEqual(['', hashOf(a!), hashOf(b!)]);
    });

    it('refuses an expected version that has moved, and says which', async () => {
      await store.append(appendOf([eventOf('scale-a')]));
      const expected = [{ stream: 'scale-a', version: 0 }];
      expect(await store.append(appendOf([eventOf('scale-a')], { expected }))).toEqual({
        kind: 'conflict',
        stream: 'scale-a',
        expected: 0,
        actual: 1,
      });
      expect((await store.head()).position).toBe(1);
    });

    it('checks versions of streams that it does not write to', async () => {
      await store.append(appendOf([eventOf('observed-c1/u', { partition: 'c1' })]));
      const expected = [{ stream: 'observed-c1/u', version: 1 }];
      expect(await store.append(appendOf([eventOf('placement-u')], { expected }))).toMatchObject({ kind: 'appended' });
      await store.append(appendOf([eventOf('observed-c1/u', { partition: 'c1' })]));
      expect(await store.append(appendOf([eventOf('placement-u')], { expected }))).toMatchObject({
        kind: 'conflict',
        stream: 'observed-c1/u',
        actual: 2,
      });
    });

    it('lets exactly one of many writers of the same version win, and fails no bystander', async () => {
      const expected = [{ stream: 'scale-hot', version: 0 }];
      const rivals = Array.from({ length: 20 }, () => store.append(appendOf([eventOf('scale-hot')], { expected })));
      const others = Array.from({ length: 20 }, (_, i) => store.append(appendOf([eventOf(`scale-${i}`)])));
      const kinds = (await Promise.all(rivals)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'appended')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(19);
      expect((await Promise.all(others)).every(({ kind }) => kind === 'appended')).toBe(true);
      expect((await store.head()).position).toBe(21);
    });

    it('answers a repeated command with the first rows, also when versions have moved on', async () => {
      const expected = [{ stream: 'scale-a', version: 0 }];
      const request = appendOf([eventOf('scale-a'), eventOf('scale-b')], { expected });
      const first = appended(await store.append(request));
      await store.append(appendOf([eventOf('scale-a')]));
      const repeated = { ...request, events: [eventOf('scale-a', { type: 'Other' })] };
      expect(await store.append(repeated)).toEqual({ kind: 'already-there', events: first });
      expect((await store.head()).position).toBe(3);
    });

    it('appends a command once when it is sent many times at once', async () => {
      const request = appendOf([eventOf('scale-a')]);
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.append(request)));
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'already-there')).toHaveLength(9);
      expect((await store.head()).position).toBe(1);
    });

    it('takes an event of the largest size and refuses one byte more', async () => {
      const data = new Uint8Array(MAX_EVENT_BYTES).fill(7);
      const [row] = appended(await store.append(appendOf([eventOf('scale-a', { data })])));
      expect((await store.read({ after: 0 })).events[0]!.data).toEqual(row!.data);
      const larger = appendOf([eventOf('scale-a', { data: new Uint8Array(MAX_EVENT_BYTES + 1) })]);
      await expect(store.append(larger)).rejects.toMatchObject({ name: 'TerminalFailure', code: 'event-too-large' });
    });

    it.each([
      ['no event', appendOf([])],
      ['an unknown category', appendOf([eventOf('nonsense-a')])],
      ['a NUL character', appendOf([eventOf('scale-\0')])],
      ['a negative version', appendOf([eventOf('scale-a')], { expected: [{ stream: 'scale-a', version: -1 }] })],
    ])('refuses %s at the door', async (_, request) => {
      await expect(store.append(request)).rejects.toMatchObject({ name: 'TerminalFailure', code: 'bad-append' });
    });
  });

  describe('leases', () => {
    it('lets the holder append and refuses a stale holder, inside the append', async () => {
      const first = (await opened.leases.acquire({ name: 'replicas', holder: 'one', ttlMs: 60_000 }))!;
      const lease = { name: 'replicas', term: first.term };
      expect(await store.append(appendOf([eventOf('placement-a')], { lease }))).toMatchObject({ kind: 'appended' });
      await opened.leases.release(first);
      const second = (await opened.leases.acquire({ name: 'replicas', holder: 'two', ttlMs: 60_000 }))!;
      expect(await store.append(appendOf([eventOf('placement-a')], { lease }))).toEqual({
        kind: 'stale-lease',
        ...lease,
      });
      const current = { name: 'replicas', term: second.term };
      expect(await store.append(appendOf([eventOf('placement-a')], { lease: current }))).toMatchObject({
        kind: 'appended',
      });
      expect((await store.head()).position).toBe(2);
    });

    it('refuses a lease that nobody ever held', async () => {
      const lease = { name: 'nobody', term: 1 };
      expect(await store.append(appendOf([eventOf('placement-a')], { lease }))).toMatchObject({ kind: 'stale-lease' });
    });
  });

  describe('reading', () => {
    beforeEach(async () => {
      for (let i = 1; i <= 6; i++) {
        const stream = `${i % 2 ? 'scale' : 'rollout'}-${i}`;
        await store.append(appendOf([eventOf(stream, { partition: String(i % 3) })]));
      }
    });
    const positions = (events: readonly StoredEvent[]): number[] => events.map(({ position }) => position);

    it('goes on from through and misses nothing', async () => {
      const seen: number[] = [];
      let after = 0;
      for (let page = 0; page < 4; page++) {
        const range = await store.read({ after, limit: 2 });
        seen.push(...positions(range.events));
        after = range.through;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
      expect(after).toBe(6);
    });

    it('says through the head when nothing of the selection is there', async () => {
      expect(await store.read({ after: 0, categories: ['inspection'] })).toEqual({ events: [], through: 6 });
      expect(await store.read({ after: 6 })).toEqual({ events: [], through: 6 });
    });

    it('never says through beyond upTo or the head', async () => {
      expect(await store.read({ after: 1, upTo: 3, categories: ['inspection'] })).toEqual({ events: [], through: 3 });
      expect((await store.read({ after: 0, upTo: 1_000 })).through).toBe(6);
    });

    it('selects categories, channels and ranges', async () => {
      expect(positions((await store.read({ after: 0, categories: ['scale'] })).events)).toEqual([1, 3, 5]);
      expect(positions((await store.read({ after: 0, channels: ['scale.1', 'rollout.2'] })).events)).toEqual([1, 2]);
      expect(positions((await store.read({ after: 1, upTo: 4 })).events)).toEqual([2, 3, 4]);
    });

    it('reads a stream after a version', async () => {
      await store.append(appendOf([eventOf('scale-1')]));
      expect((await store.readStream('scale-1')).map(({ version }) => version)).toEqual([1, 2]);
      expect((await store.readStream('scale-1', 1)).map(({ position }) => position)).toEqual([7]);
      expect(await store.readStream('scale-none')).toEqual([]);
      expect([await store.streamVersion('scale-1'), await store.streamVersion('scale-none')]).toEqual([2, 0]);
    });

    it('gives the last row of every stream as of any position', async () => {
      await store.append(appendOf([eventOf('scale-1', { partition: '1' })]));
      const last = async (more: object): Promise<number[]> =>
        positions(await store.readLastPerStream({ category: 'scale', ...more }));
      expect(await last({})).toEqual([7, 3, 5]);
      expect(await last({ upTo: 6 })).toEqual([1, 3, 5]);
      expect(await last({ upTo: 2 })).toEqual([1]);
      expect(await last({ channel: 'scale.1' })).toEqual([7]);
      expect(await last({ prefix: 'scale-1' })).toEqual([7]);
      expect(await last({ prefix: 'scale-', afterStream: 'scale-1' })).toEqual([3, 5]);
      expect(await last({ prefix: 'scale-1', afterStream: 'scale-1' })).toEqual([]);
      expect(await last({ limit: 1 })).toEqual([7]);
      expect(await last({ afterStream: 'scale-1', limit: 1 })).toEqual([3]);
      for (const pageSize of [1, 2, 3, 4]) {
        const pages: number[][] = [];
        for await (const rows of lastRows(store, { category: 'scale', pageSize })) pages.push(positions(rows));
        expect(pages.flat()).toEqual([7, 3, 5]);
      }
    });

    it('gives the head of every channel as of one moment', async () => {
      const { head, channels } = await store.channelHeads();
      expect(head.position).toBe(6);
      expect(Object.fromEntries(channels)).toEqual({
        'scale.0': 3,
        'scale.1': 1,
        'scale.2': 5,
        'rollout.0': 6,
        'rollout.1': 4,
        'rollout.2': 2,
      });
    });
  });

  it('tells listeners of a new head until they leave', async () => {
    const heads: number[] = [];
    const leave = store.onAppended((head) => heads.push(head));
    await store.append(appendOf([eventOf('scale-a')]));
    await waitUntil('the listener hears of position 1', { holds: () => heads.at(-1) === 1 });
    leave();
    await store.append(appendOf([eventOf('scale-a')]));
    expect(heads.at(-1)).toBe(1);
  });
};

/** Written out once more on purpose, so that an adapter that changes the formula is found. */
const hashOf = (row: StoredEvent): string => {
  const prev = Buffer.alloc(8);
  prev.writeBigInt64BE(BigInt(row.channelPrev));
  const typeBytes = Buffer.alloc(4);
  typeBytes.writeInt32BE(Buffer.byteLength(row.type));
  return createHash('sha256')
    .update(Buffer.from(row.previousHash, 'hex'))
    .update(prev)
    .update(Buffer.from(row.eventId.replaceAll('-', ''), 'hex'))
    .update(typeBytes)
    .update(row.type)
    .update(row.data)
    .digest('hex');
};
