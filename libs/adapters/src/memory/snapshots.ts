import type { LoadedSnapshot, SnapshotChange, Snapshots } from '@skerry/ports/snapshots/snapshots';

interface Kept {
  readonly schema: number;
  readonly checkpoint: LoadedSnapshot['checkpoint'];
  readonly rows: ReadonlyMap<string, Uint8Array>;
}

/** Snapshots in memory. A load goes on seeing what was there when it began. */
export class MemorySnapshots implements Snapshots {
  readonly #kept = new Map<string, Kept>();

  async save(change: SnapshotChange): Promise<void> {
    const before = this.#kept.get(change.consumer);
    const rows = new Map(before?.schema === change.schema ? before.rows : []);
    for (const key of change.deletes) rows.delete(key);
    for (const { key, state } of change.upserts) rows.set(key, Uint8Array.from(state));
    this.#kept.set(change.consumer, { schema: change.schema, checkpoint: change.checkpoint, rows });
  }

  async load(consumer: string, schema: number): Promise<LoadedSnapshot | undefined> {
    const kept = this.#kept.get(consumer);
    if (kept?.schema !== schema) return undefined;
    return { checkpoint: kept.checkpoint, rows: rowsOf(kept.rows) };
  }

  async drop(consumer: string): Promise<void> {
    this.#kept.delete(consumer);
  }
}

async function* rowsOf(rows: ReadonlyMap<string, Uint8Array>): AsyncIterable<{ key: string; state: Uint8Array }> {
  for (const [key, state] of rows) yield { key, state };
}
