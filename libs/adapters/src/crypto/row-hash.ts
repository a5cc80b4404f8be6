import { hash } from 'node:crypto';

export interface HashedRow {
  /** hex, empty for the first row of a channel */
  readonly previousHash: string;
  readonly channelPrev: number;
  readonly eventId: string;
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * SHA-256 (hex) over previous hash ‖ channel_prev (8 bytes, big-endian) ‖ event id (16) ‖ length of the type (4) ‖ type ‖ data.
 * PostgreSQL's `append_batch` computes the same in SQL; the contract suite compares them.
 */
export const rowHash = (row: HashedRow): string => {
  const type = Buffer.from(row.type);
  const fixed = Buffer.alloc(28);
  fixed.writeBigInt64BE(BigInt(row.channelPrev), 0);
  fixed.write(row.eventId.replaceAll('-', ''), 8, 'hex');
  fixed.writeUInt32BE(type.length, 24);
  return hash('sha256', Buffer.concat([Buffer.from(row.previousHash, 'hex'), fixed, type, row.data]), 'hex');
};
