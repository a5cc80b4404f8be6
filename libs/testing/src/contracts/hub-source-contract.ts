import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { EventStore, NewEvent, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import { appendOf, eventOf } from '../builders/append.ts';

/** The hub as the syncer of cluster `a` reads it, and what a test may do at the hub. There is a cluster `b` too. */
export interface OpenedHubSource {
  readonly source: HubSource;
  readonly events: EventStore;
  /** tells the cluster an object whose body is not in its event */
  desireLarge(): Promise<{ uid: string; bytes: Uint8Array }>;
  /** a person lets withdrawals of the cluster go */
  confirmWithdrawals(at: string): Promise<void>;
  /** from now on the hub cannot be reached */
  takeDown(): Promise<void>;
  close(): Promise<void>;
}

/** Observed events: no service takes them for an order. */
const observed = (cluster: string, uid: string): NewEvent =>
  eventOf(`observed-${cluster}/${uid}`, {
    type: 'ObjectObserved',
    data: new Uint8Array(),
    partition: cluster,
    namespace: '',
    uid,
    cluster,
  });
/** As rollout says that a withdrawal is over: nobody answers to it. */
const ended = (cluster: string, uid: string): NewEvent => ({
  ...observed(cluster, uid),
  stream: `desired-${cluster}/${uid}`,
  type: 'WithdrawalEnded',
});

/** What a syncer may rely on, whatever lies between it and the store. */
export const hubSourceContract = (open: () => Promise<OpenedHubSource>): void => {
  let opened: OpenedHubSource;
  let source: HubSource;
  beforeEach(async () => {
    opened = await open();
    source = opened.source;
  });
  afterEach(() => opened.close());
  const append = async (...events: NewEvent[]): Promise<readonly StoredEvent[]> => {
    const outcome = await opened.events.append(appendOf(events));
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    return outcome.events;
  };

  it('says where the store stands', async () => {
    const [last] = await append(observed('a', 'u1'));
    const head = await source.head();
    expect(head.incarnation).toBe(last!.incarnation);
    expect(head.position).toBeGreaterThanOrEqual(last!.position);
  });

  it("reads on from a position through its own cluster's desired state, whole rows, and nobody else's", async () => {
    const { position: before } = await source.head();
    const rows = await append(
      ended('a', 'u1'),
      ended('b', 'u2'),
      observed('a', 'u3'),
      ended('a', 'u4'),
      ended('a', 'u1'),
    );
    const own = rows.filter(({ channel }) => channel === 'desired.a');
    const read: StoredEvent[] = [];
    let after = before;
    while (after < rows.at(-1)!.position) {
      const range = await source.readDesired({ after, limit: 2 });
      expect(range.through).toBeGreaterThan(after);
      expect(range.events.length).toBeLessThanOrEqual(2);
      read.push(...range.events);
      after = range.through;
    }
    expect(read.filter(({ uid }) => ['u1', 'u2', 'u3', 'u4'].includes(uid))).toEqual(own);
  });

  it('reads the last row of every stream, in their order, page by page', async () => {
    await append(observed('a', 'z1'), observed('b', 'z0'), observed('a', 'z3'), observed('a', 'z2'));
    const [newest] = await append(observed('a', 'z1'));
    const streams: string[] = [];
    const positions: number[] = [];
    for (let afterStream = 'observed-a/z'; ; afterStream = streams.at(-1)!) {
      const page = await source.readLast({ category: 'observed', afterStream, limit: 2 });
      streams.push(...page.map(({ stream }) => stream));
      positions.push(...page.map(({ position }) => position));
      if (page.length < 2) break;
    }
    expect(streams).toEqual(['observed-a/z1', 'observed-a/z2', 'observed-a/z3']);
    expect(positions[0]).toBe(newest!.position);
  });

  it('gives the body of an object that the cluster is told, and of no other', async () => {
    const { uid, bytes } = await opened.desireLarge();
    expect(Buffer.from(await source.body(uid)).equals(Buffer.from(bytes))).toBe(true);
    await expect(source.body('nobody')).rejects.toBeInstanceOf(TerminalFailure);
  });

  it('tells the last order of a person', async () => {
    expect(await source.orders()).toEqual({ withdrawals: undefined, restore: undefined });
    await opened.confirmWithdrawals('2026-01-01T00:00:00.000Z');
    await opened.confirmWithdrawals('2026-01-02T00:00:00.000Z');
    expect(await source.orders()).toEqual({ withdrawals: '2026-01-02T00:00:00.000Z', restore: undefined });
  });

  it('that cannot be reached is a passing failure', async () => {
    await opened.takeDown();
    await expect(source.head()).rejects.toBeInstanceOf(TransientFailure);
    await expect(source.readDesired({ after: 0, limit: 1 })).rejects.toBeInstanceOf(TransientFailure);
    await expect(source.orders()).rejects.toBeInstanceOf(TransientFailure);
  });
};
