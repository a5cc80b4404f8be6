/** Where a consumer stands: `through` for all channels, `channels` for those that are further. */
export interface Checkpoint {
  readonly incarnation: string;
  readonly through: number;
  readonly channels: Readonly<Record<string, number>>;
}

export interface SnapshotChange {
  readonly consumer: string;
  /** shape of the rows; rows of another version are not loaded */
  readonly schema: number;
  readonly checkpoint: Checkpoint;
  readonly upserts: readonly { readonly key: string; readonly state: Uint8Array }[];
  readonly deletes: readonly string[];
}

export interface LoadedSnapshot {
  readonly checkpoint: Checkpoint;
  readonly rows: AsyncIterable<{ readonly key: string; readonly state: Uint8Array }>;
}

/** State of consumers, one row per key. Promise: rows and checkpoint change in one transaction, so they always fit together. */
export interface Snapshots {
  save(change: SnapshotChange): Promise<void>;
  /** undefined when there is none of this schema */
  load(consumer: string, schema: number): Promise<LoadedSnapshot | undefined>;
  drop(consumer: string): Promise<void>;
}
