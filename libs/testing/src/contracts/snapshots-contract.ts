import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { LoadedSnapshot, SnapshotChange, Snapshots } from '@skerry/ports/snapshots/snapshots';

export interface OpenedSnapshots {
  readonly snapshots: Snapshots;
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const checkpoint = (through: number): SnapshotChange['checkpoint'] => ({
  incarnation: 'first',
  through,
  channels: { 'scale.1': through + 2 },
});
const change = (through: number, more: Partial<SnapshotChange>): SnapshotChange => ({
  consumer: 'replicas',
  schema: 1,
  checkpoint: checkpoint(through),
  upserts: [],
  deletes: [],
  ...more,
});

const rowsOf = async (loaded: LoadedSnapshot | undefined): Promise<Record<string, string>> => {
  const rows: Record<string, string> = {};
  for await (const { key, state } of loaded?.rows ?? []) rows[key] = new TextDecoder().decode(state);
  return rows;
};

/** What every snapshot store promises. `open` gives an empty one. */
export const snapshotsContract = (open: () => Promise<OpenedSnapshots>): void => {
  let opened: OpenedSnapshots;
  beforeEach(async () => void (opened = await open()));
  afterEach(() => opened.close());

  it('has nothing for a consumer that never saved', async () => {
    expect(await opened.snapshots.load('replicas', 1)).toBeUndefined();
  });

  it('gives back what the changes add up to, with the last checkpoint', async () => {
    const { snapshots } = opened;
    const upserts = [
      { key: 'a', state: bytes('1') },
      { key: 'b', state: bytes('2') },
    ];
    await snapshots.save(change(10, { upserts }));
    await snapshots.save(change(20, { upserts: [{ key: 'a', state: bytes('3') }], deletes: ['b', 'never'] }));
    const loaded = await snapshots.load('replicas', 1);
    expect(loaded?.checkpoint).toEqual(checkpoint(20));
    expect(await rowsOf(loaded)).toEqual({ a: '3' });
  });

  it('keeps consumers apart and drops one', async () => {
    const { snapshots } = opened;
    await snapshots.save(change(1, { upserts: [{ key: 'a', state: bytes('1') }] }));
    await snapshots.save(change(2, { consumer: 'rollout', upserts: [{ key: 'a', state: bytes('2') }] }));
    await snapshots.drop('replicas');
    expect(await snapshots.load('replicas', 1)).toBeUndefined();
    expect(await rowsOf(await snapshots.load('rollout', 1))).toEqual({ a: '2' });
  });

  it('does not load rows of another schema, nor mix them with the new one', async () => {
    const { snapshots } = opened;
    await snapshots.save(change(1, { upserts: [{ key: 'old', state: bytes('1') }] }));
    expect(await snapshots.load('replicas', 2)).toBeUndefined();
    await snapshots.save(change(2, { schema: 2, upserts: [{ key: 'new', state: bytes('2') }] }));
    expect(await rowsOf(await snapshots.load('replicas', 2))).toEqual({ new: '2' });
    expect(await snapshots.load('replicas', 1)).toBeUndefined();
  });

  it('gives rows that fit their checkpoint while somebody saves', async () => {
    const { snapshots } = opened;
    const upserts = Array.from({ length: 3_000 }, (_, i) => ({ key: `k${i}`, state: bytes('old') }));
    await snapshots.save(change(1, { upserts }));
    const loaded = await snapshots.load('replicas', 1);
    await snapshots.save(change(2, { upserts: upserts.map(({ key }) => ({ key, state: bytes('new') })) }));
    const rows = await rowsOf(loaded);
    expect(loaded?.checkpoint.through).toBe(1);
    expect(Object.keys(rows)).toHaveLength(3_000);
    expect(new Set(Object.values(rows))).toEqual(new Set(['old']));
  });

  it('can be read only in part', async () => {
    const { snapshots } = opened;
    await snapshots.save(change(1, { upserts: ['a', 'b'].map((key) => ({ key, state: bytes(key) })) }));
    for (let i = 0; i < 30; i++) {
      const loaded = await snapshots.load('replicas', 1);
      for await (const row of loaded!.rows) if (row.key) break;
    }
    expect(Object.keys(await rowsOf(await snapshots.load('replicas', 1)))).toEqual(['a', 'b']);
  });
};
