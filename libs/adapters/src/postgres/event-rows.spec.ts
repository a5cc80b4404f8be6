import { describe, expect, it } from '@jest/globals';
import { EVENT_COLUMNS, eventOfRow } from './event-rows.ts';

describe('an event of a row', () => {
  it('shares no memory with what the driver read', () => {
    const piece = Buffer.concat([Buffer.alloc(65_536), Buffer.from('bytes')]);
    const names = EVENT_COLUMNS.split(', e.').map((column) => column.replace(/^e\./, ''));
    expect(names.at(-1)).toBe('data');
    const row = [1, 1, 0, 1_800_000_000_000, ...Array.from({ length: 16 }, () => 'scale.1'), piece.subarray(65_536)];
    const { data, partition, recordedAt } = eventOfRow(row);
    expect(Buffer.from(data).toString()).toBe('bytes');
    expect(data.buffer.byteLength).toBe(5);
    expect([partition, recordedAt.getTime()]).toEqual(['1', 1_800_000_000_000]);
  });
});
