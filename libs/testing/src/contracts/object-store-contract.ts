import { afterEach, expect, it } from '@jest/globals';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import {
  type Collection,
  type ObjectChange,
  type ObjectKey,
  type ObjectStore,
  type ObjectWatch,
  type StoredObject,
  type Version,
  type WriteContext,
} from '@skerry/ports/object-store/object-store';

/** What a store under test is made of. */
export interface ObjectStoreFixture {
  readonly store: ObjectStore;
  /** Makes the store forget every state before now; absent if it keeps all of them. */
  readonly forgetHistory?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const configMaps: Collection = { group: '', resource: 'configmaps' };
const secrets: Collection = { group: '', resource: 'secrets' };

function keyOf(name: string, namespace = 'default'): ObjectKey {
  return { ...configMaps, namespace, name };
}

function objectOf(name: string, value: string, namespace = 'default'): KubeObject {
  // A uid in the form that Kubernetes gives, the same for every state of the object.
  const uid = `00000000-0000-4000-8000-${Buffer.from(`${namespace}/${name}`).toString('hex').padStart(12, '0').slice(-12)}`;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, uid }, data: { value } };
}

function valueOf(object: KubeObject | undefined): unknown {
  return (object?.data as { value?: unknown } | undefined)?.value;
}

const create: WriteContext = { verb: 'create', subresource: '' };
const update: WriteContext = { verb: 'update', subresource: '' };
const remove: WriteContext = { verb: 'delete', subresource: '' };

function add(store: ObjectStore, name: string, namespace = 'default'): Promise<StoredObject> {
  return store.write({ kind: 'create', key: keyOf(name, namespace), object: objectOf(name, '1', namespace) }, create);
}

interface Change {
  readonly name: string;
  readonly value: string;
  readonly expected: Version;
}

function change(store: ObjectStore, { name, value, expected }: Change): Promise<StoredObject> {
  return store.write({ kind: 'update', key: keyOf(name), object: objectOf(name, value), expected }, update);
}

/** The next `count` changes of a watch. */
async function take(watch: ObjectWatch, count: number): Promise<ObjectChange[]> {
  const found: ObjectChange[] = [];
  while (found.length < count) found.push(...(await watch.next()).changes);
  return found;
}

/** What every object store promises. Call it inside a `describe` that names the adapter. */
export const objectStoreContract = (open: () => Promise<ObjectStoreFixture>): void => {
  let fixture: ObjectStoreFixture;
  const fresh = async (): Promise<ObjectStore> => {
    fixture = await open();
    return fixture.store;
  };
  afterEach(() => fixture.close());

  describeWrites(fresh);
  describeLists(fresh);
  describeWatches(fresh);

  it('says that a forgotten state is expired, for lists and for watches', async () => {
    const store = await fresh();
    if (fixture.forgetHistory === undefined) return console.log('this store keeps all history: nothing to forget');
    const first = await add(store, 'a');
    await add(store, 'b');
    await fixture.forgetHistory();
    await expect(store.list(configMaps, { at: first.version })).rejects.toMatchObject({ code: 'expired' });
    await expect(store.watch(configMaps, first.version)).rejects.toMatchObject({ code: 'expired' });
  });
};

type Fresh = () => Promise<ObjectStore>;

function describeWrites(fresh: Fresh): void {
  it('reads what was written before the read began', async () => {
    const store = await fresh();
    const written = await add(store, 'a');
    const read = await store.get(keyOf('a'));
    expect(valueOf(read?.object)).toBe('1');
    expect(read?.version).toBe(written.version);
    expect(await store.get(keyOf('none'))).toBeUndefined();
  });

  it('gives every change a later version and moves the head with it', async () => {
    const store = await fresh();
    const first = await add(store, 'a');
    const second = await change(store, { name: 'a', value: '2', expected: first.version });
    expect(Number(second.version)).toBeGreaterThan(Number(first.version));
    expect(Number(await store.head())).toBeGreaterThanOrEqual(Number(second.version));
  });

  it('creates a name once', async () => {
    const store = await fresh();
    await add(store, 'a');
    await expect(add(store, 'a')).rejects.toMatchObject({ code: 'already-exists' });
    await add(store, 'a', 'other');
  });

  it('lets one of two writers win who read the same version', async () => {
    const store = await fresh();
    const { version } = await add(store, 'a');
    const outcomes = await Promise.allSettled(
      ['x', 'y'].map((value) => change(store, { name: 'a', value, expected: version })),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'conflict' });
  });

  it('changes and deletes nothing that is not there', async () => {
    const store = await fresh();
    const expected = await store.head();
    await expect(change(store, { name: 'a', value: '2', expected })).rejects.toMatchObject({ code: 'not-found' });
    await expect(store.write({ kind: 'delete', key: keyOf('a') }, remove)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('deletes only the object that the caller means', async () => {
    const store = await fresh();
    const first = await add(store, 'a');
    await change(store, { name: 'a', value: '2', expected: first.version });
    const key = keyOf('a');
    const other = { kind: 'delete', key, uid: '00000000-0000-4000-8000-ffffffffffff' } as const;
    await expect(store.write(other, remove)).rejects.toMatchObject({ code: 'conflict' });
    const old = { kind: 'delete', key, expected: first.version } as const;
    await expect(store.write(old, remove)).rejects.toMatchObject({ code: 'conflict' });
    const deleted = await store.write({ kind: 'delete', key, uid: first.object.metadata.uid }, remove);
    expect(valueOf(deleted.object)).toBe('2');
    expect(await store.get(key)).toBeUndefined();
    await add(store, 'a');
  });
}

function describeLists(fresh: Fresh): void {
  it('lists a collection, or one namespace of it, in the order of names', async () => {
    const store = await fresh();
    for (const [name, namespace] of [
      ['b', 'two'],
      ['a', 'two'],
      ['c', 'one'],
    ] as const)
      await add(store, name, namespace);
    const all = await store.list(configMaps, {});
    expect(all.items.map(({ key }) => `${key.namespace}/${key.name}`)).toEqual(['one/c', 'two/a', 'two/b']);
    const two = await store.list({ ...configMaps, namespace: 'two' }, {});
    expect(two.items.map(({ key }) => key.name)).toEqual(['a', 'b']);
    expect((await store.list(secrets, {})).items).toEqual([]);
  });

  it('answers in pages that together are the list', async () => {
    const store = await fresh();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(store, name);
    const first = await store.list(configMaps, { limit: 2 });
    expect([first.items.length, first.remaining]).toEqual([2, 3]);
    const rest = await store.list(configMaps, { at: first.version, after: 'default/b' });
    expect(rest.items.map(({ key }) => key.name)).toEqual(['c', 'd', 'e']);
    expect(rest.remaining).toBe(0);
  });

  it('lists the state of an earlier version exactly', async () => {
    const store = await fresh();
    const a = await add(store, 'a');
    const b = await add(store, 'b');
    await change(store, { name: 'a', value: '2', expected: a.version });
    await store.write({ kind: 'delete', key: keyOf('b') }, remove);
    await add(store, 'c');
    const then = await store.list(configMaps, { at: b.version });
    expect(then.version).toBe(b.version);
    expect(then.items.map(({ key, object }) => [key.name, valueOf(object)])).toEqual([
      ['a', '1'],
      ['b', '1'],
    ]);
    expect(then.items[0]?.version).toBe(a.version);
  });

  it('says that a version beyond its head is too new', async () => {
    const store = await fresh();
    await add(store, 'a');
    const beyond = String(Number(await store.head()) + 1000);
    await expect(store.list(configMaps, { at: beyond })).rejects.toMatchObject({ code: 'too-new' });
    await expect(store.list(configMaps, { notOlderThan: beyond })).rejects.toMatchObject({ code: 'too-new' });
    await expect(store.watch(configMaps, beyond)).rejects.toMatchObject({ code: 'too-new' });
  });
}

function describeWatches(fresh: Fresh): void {
  it('hands out every change after a version, in order, with the state before and after', async () => {
    const store = await fresh();
    const { version } = await store.list(configMaps, {});
    const a = await add(store, 'a');
    const watch = await store.watch(configMaps, version);
    await change(store, { name: 'a', value: '2', expected: a.version });
    await store.write({ kind: 'delete', key: keyOf('a') }, remove);
    const changes = await take(watch, 3);
    expect(changes.map(({ previous, current }) => [valueOf(previous), valueOf(current)])).toEqual([
      [undefined, '1'],
      ['1', '2'],
      ['2', undefined],
    ]);
    const versions = changes.map((entry) => Number(entry.version));
    expect(versions).toEqual([...versions].sort((left, right) => left - right));
    watch.close();
  });

  it('goes on after a cut without a gap or a repeat', async () => {
    const store = await fresh();
    const start = await store.head();
    const first = await store.watch(configMaps, start);
    await add(store, 'a');
    const [seen] = await take(first, 1);
    first.close();
    await add(store, 'b');
    const second = await store.watch(configMaps, seen?.version ?? start);
    await add(store, 'c');
    expect((await take(second, 2)).map(({ key }) => key.name)).toEqual(['b', 'c']);
    second.close();
  });

  it('shows a watch of one namespace nothing of another', async () => {
    const store = await fresh();
    const watch = await store.watch({ ...configMaps, namespace: 'one' }, await store.head());
    await add(store, 'a', 'two');
    await add(store, 'b', 'one');
    expect((await take(watch, 1)).map(({ key }) => key.name)).toEqual(['b']);
    watch.close();
  });

  it('moves the checkpoint of a nudged watch past changes of other kinds', async () => {
    const store = await fresh();
    const watch = await store.watch(secrets, await store.head());
    const { version } = await add(store, 'a');
    const waiting = watch.next();
    watch.nudge();
    const { changes, checkpoint } = await waiting;
    expect(changes).toEqual([]);
    expect(Number(checkpoint)).toBeGreaterThanOrEqual(Number(version));
    watch.close();
  });

  it('wakes a waiting reader when the watch is closed', async () => {
    const store = await fresh();
    const watch = await store.watch(configMaps, await store.head());
    const waiting = watch.next();
    watch.close();
    expect((await waiting).changes).toEqual([]);
  });
}
