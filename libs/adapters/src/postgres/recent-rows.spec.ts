import { describe, expect, it } from '@jest/globals';
import { eventOf } from '@skerry/testing/builders/append';
import { storedEventOf } from '@skerry/testing/contracts/bus-contract';
import { RecentRows } from './recent-rows.ts';

const row = (position: number) => storedEventOf(position, eventOf('scale-u'));
const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => row(from + index));
const positions = (recent: RecentRows, after: number, limit = 100) =>
  recent.from(after, limit)?.events.map(({ position }) => position);

describe('rows that this process has appended lately', () => {
  it('are those that follow without a gap, up to the limit, whatever the order in which they came', () => {
    const recent = new RecentRows();
    recent.put(rows(6, 8));
    recent.put(rows(3, 5));
    recent.put([row(10)]);
    expect(positions(recent, 2)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(recent.from(4, 2)).toMatchObject({ through: 6 });
    expect(positions(recent, 4, 2)).toEqual([5, 6]);
    expect(positions(recent, 9)).toEqual([10]);
  });

  it('are not known where the next one is another process’s', () => {
    const recent = new RecentRows();
    recent.put([row(1), row(3)]);
    expect(recent.from(1, 10)).toBeUndefined();
    expect(recent.from(3, 10)).toBeUndefined();
    expect(new RecentRows().from(0, 10)).toBeUndefined();
  });

  it('are found by position only in their own incarnation', () => {
    const recent = new RecentRows();
    const one = row(1);
    recent.put([one]);
    expect(recent.at(one)).toBe(one);
    expect(recent.at({ ...one, incarnation: 'another' })).toBeUndefined();
  });

  it('are let go when the newest was recorded a minute later', () => {
    const recent = new RecentRows();
    const recordedAt = (seconds: number) => ({ recordedAt: new Date(1_800_000_000_000 + seconds * 1_000) });
    recent.put([0, 30, 59].map((second, index) => ({ ...row(index + 1), ...recordedAt(second) })));
    expect(positions(recent, 0)).toEqual([1, 2, 3]);
    recent.put([{ ...row(4), ...recordedAt(95) }]);
    expect(positions(recent, 0)).toBeUndefined();
    expect(positions(recent, 2)).toEqual([3, 4]);
    recent.put([]);
    expect(positions(recent, 2)).toEqual([3, 4]);
  });

  it('are let go from the oldest on, by number and by size', () => {
    const many = new RecentRows();
    many.put(rows(1, 5_000));
    expect(positions(many, 0)).toBeUndefined();
    expect(positions(many, 4_998)).toEqual([4_999, 5_000]);
    const large = new RecentRows();
    for (let position = 1; position <= 200; position += 1)
      large.put([{ ...row(position), data: new Uint8Array(64 * 1024) }]);
    expect(positions(large, 0)).toBeUndefined();
    expect(positions(large, 198)).toEqual([199, 200]);
  });
});
