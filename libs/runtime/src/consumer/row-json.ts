import type { StoredEvent } from '@skerry/ports/event-store/event-store';

/** A stored event as JSON, for the gateway's answers to syncers: the bytes in base64, times as text. */
export type RowJson = Omit<StoredEvent, 'data' | 'recordedAt'> & { readonly data: string; readonly recordedAt: string };

export const rowToJson = (row: StoredEvent): RowJson => ({
  ...row,
  data: Buffer.from(row.data).toString('base64'),
  recordedAt: row.recordedAt.toISOString(),
});

export const rowFromJson = (row: RowJson): StoredEvent => ({
  ...row,
  data: new Uint8Array(Buffer.from(row.data, 'base64')),
  recordedAt: new Date(row.recordedAt),
});
