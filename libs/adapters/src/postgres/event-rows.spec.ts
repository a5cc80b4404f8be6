import { describe, expect, it } from '@jest/globals';
import { EVENT_COLUMNS, eventOfPageRow, eventOfRow } from './event-rows.ts';

describe('an event of a row', () => {
  const piece = Buffer.concat([Buffer.alloc(65_536), Buffer.from('bytes')]);
  const row = [1, 1, 0, 1_800_000_000_000, ...Array.from({ length: 16 }, () => 'scale.1'), piece.subarray(65_536)];

  it('shares no memory with what the driver read', () => {
    const names = EVENT_COLUMNS.split(', e.').map((column) => column.replace(/^e\./, ''));
    expect(names.at(-1)).toBe('data');
    const { data, partition, recordedAt } = eventOfRow(row);
    expect(Buffer.from(data).toString()).toBe('bytes');
    expect(data.buffer.byteLength).toBe(5);
    expect([partition, recordedAt.getTime()]).toEqual(['1', 1_800_000_000_000]);
  });

  it('of a page is the same, and its data is not copied', () => {
    const event = eventOfPageRow(row);
    expect(event).toStrictEqual(eventOfRow(row));
    expect(event.data.buffer).toBe(piece.buffer);
  });
});
