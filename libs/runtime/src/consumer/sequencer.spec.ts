import { describe, expect, it } from '@jest/globals';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import fc from 'fast-check';
import { Sequencer } from './sequencer.ts';

/** Rows as the store makes them, the given one's partition each. */
const rowsOf = async (partitions: readonly string[]): Promise<readonly StoredEvent[]> => {
  const { events } = createMemoryStore();
  const one = partitions.map((partition, index) => eventOf(`scale-u${index}`, { partition }));
  if (one.length > 0) await events.append(appendOf(one));
  return (await events.read({ after: 0, limit: 10_000 })).events;
};

const sequencer = () => {
  const folded: number[] = [];
  return { folded, sequencer: new Sequencer({ fold: ({ position }) => folded.push(position) }) };
};

describe('the sequencer', () => {
  it('folds in channel order what comes in order, and drops repeats', async () => {
    const { folded, sequencer: one } = sequencer();
    const rows = await rowsOf(['1', '2', '1']);
    expect(rows.map((row) => one.offer(row))).toEqual(['folded', 'folded', 'folded']);
    expect(rows.map((row) => one.offer(row))).toEqual(['repeat', 'repeat', 'repeat']);
    expect(folded).toEqual([1, 2, 3]);
  });

  it('lets an event wait behind a hole, and no other channel with it', async () => {
    const { folded, sequencer: one } = sequencer();
    const [first, second, third, other] = (await rowsOf(['1', '1', '1', '2'])) as [
      StoredEvent,
      StoredEvent,
      StoredEvent,
      StoredEvent,
    ];
    expect(one.offer(third)).toBe('hole');
    expect(one.offer(second)).toBe('hole');
    expect(one.offer(other)).toBe('folded');
    expect([folded, one.waiting]).toEqual([[4], 2]);
    expect(one.offer(first)).toBe('folded');
    expect([folded, one.waiting]).toEqual([[4, 1, 2, 3], 0]);
  });

  it('takes rows of a complete range although what was before them is compacted away', async () => {
    const { folded, sequencer: one } = sequencer();
    const rows = await rowsOf(['1', '1', '1']);
    expect(one.take(rows[2]!)).toBe(true);
    expect(one.take(rows[1]!)).toBe(false);
    expect([folded, one.positionOf('scale.1')]).toEqual([[3], 3]);
  });

  it('keeps what waits for an event behind the range that was read', async () => {
    const { folded, sequencer: one } = sequencer();
    const [first, second, third] = (await rowsOf(['1', '1', '1'])) as [StoredEvent, StoredEvent, StoredEvent];
    one.offer(third);
    one.take(first);
    one.advance(1);
    one.drain();
    expect([folded, one.waiting]).toEqual([[1], 1]);
    one.offer(second);
    expect([folded, one.waiting]).toEqual([[1, 2, 3], 0]);
  });

  it('folds a whole range that was quiet as far as it was read', async () => {
    const { sequencer: one } = sequencer();
    one.advance(40);
    one.advance(30);
    expect([one.through, one.positionOf('scale.9')]).toEqual([40, 40]);
  });

  it('folds each event once and in channel order, whatever is lost, repeated and swapped, when a refill ends it', async () => {
    const deliveries = fc
      .array(fc.constantFrom('1', '2', '3', '4'), { minLength: 1, maxLength: 40 })
      .chain((partitions) =>
        fc.record({
          partitions: fc.constant(partitions),
          // any permutation, any repetition, any loss
          order: fc.array(fc.nat({ max: partitions.length - 1 }), { maxLength: 100 }),
          refillAt: fc.array(fc.record({ after: fc.nat({ max: 100 }), upTo: fc.nat({ max: 40 }) }), { maxLength: 3 }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ partitions, order, refillAt }) => {
        const rows = await rowsOf(partitions);
        const { folded, sequencer: one } = sequencer();
        const refill = (upTo: number): void => {
          for (const row of rows) if (row.position > one.through && row.position <= upTo) one.take(row);
          one.advance(Math.min(upTo, rows.length));
          one.drain();
        };
        for (const [at, index] of order.entries()) {
          one.offer(rows[index]!);
          for (const { after, upTo } of refillAt) if (after === at) refill(upTo);
        }
        refill(rows.length);
        expect(one.waiting).toBe(0);
        expect([...folded].sort((a, b) => a - b)).toEqual(rows.map(({ position }) => position));
        for (const channel of new Set(rows.map((row) => row.channel))) {
          const ofChannel = folded.filter((position) => rows[position - 1]!.channel === channel);
          expect(ofChannel).toEqual([...ofChannel].sort((a, b) => a - b));
        }
      }),
      { numRuns: 300 },
    );
  });
});
