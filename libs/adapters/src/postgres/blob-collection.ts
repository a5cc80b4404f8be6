import { BlobRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { int8Array, textArray } from './binary-array.ts';
import type { Database } from './database.ts';

/** Events may have 64 KiB each. */
const PAGE_POSITIONS = 1_000;

/** Notes which blobs the rows name that came since the last run, then removes and condemns. Answers how many went. */
export const collectBlobs = async (database: Database, { graceMs }: { graceMs: number }): Promise<number> => {
  await noteReferences(database);
  await database.rows('sparing blobs', { text: SPARE });
  const [row] = await database.rows('removing blobs', { text: REMOVE, values: [graceMs] });
  // Last: no run removes what it has condemned itself, so whoever was about to name a blob has until the next run.
  await database.rows('condemning blobs', { text: CONDEMN });
  return row![0] as number;
};

const noteReferences = async (database: Database): Promise<void> => {
  const text = 'SELECT h.position, r.references_through FROM head h, retention r';
  const [row] = await database.rows('reading how far retention is', { text });
  const [head, through] = row as [number, number];
  for (let after = through; after < head; after += PAGE_POSITIONS) {
    const upTo = Math.min(after + PAGE_POSITIONS, head);
    const named = await namedBetween(database, { after, upTo });
    const positions = int8Array(named.map(({ position }) => position));
    const blobs = textArray(named.map(({ blob }) => blob));
    await database.rows('noting references', { text: NOTE, values: [positions, blobs, upTo] });
  }
};

const namedBetween = async (
  database: Database,
  { after, upTo }: { after: number; upTo: number },
): Promise<{ position: number; blob: string }[]> => {
  const text = 'SELECT position, type, data FROM events WHERE position > $1 AND position <= $2';
  const rows = await database.rows('reading what rows name', { text, values: [after, upTo] });
  return (rows as [number, string, Buffer][]).flatMap(([position, type, data]) =>
    [...new Set(blobsIn(decodeEvent({ type, data }).data))].map((blob) => ({ position, blob })),
  );
};

/** Wherever in the message: a blob of an event type that is not known here today must not go. */
const blobsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const message = value as { $typeName?: string; id?: string };
  if (message.$typeName === BlobRefSchema.typeName) return [message.id!];
  return Object.values(message).flatMap(blobsIn);
};

const NOTE = `
  WITH named AS (
    INSERT INTO blob_references (position, blob) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING)
  UPDATE retention SET references_through = $3`;

const NOBODY_NAMES_IT = 'NOT EXISTS (SELECT FROM blob_references r WHERE r.blob = b.id)';
const SPARE = `UPDATE blobs b SET condemned_at = NULL WHERE b.condemned_at IS NOT NULL AND NOT ${NOBODY_NAMES_IT}`;
/** A put at the same moment goes first or last: its lock on the row is waited for, and the condition looked at again. */
const REMOVE = `
  WITH gone AS (
    DELETE FROM blobs WHERE condemned_at < clock_timestamp() - $1::float8 * interval '1 millisecond' RETURNING 1)
  SELECT count(*) FROM gone`;
const CONDEMN = `UPDATE blobs b SET condemned_at = clock_timestamp() WHERE b.condemned_at IS NULL AND ${NOBODY_NAMES_IT}`;
