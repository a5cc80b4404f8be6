import { describe, expect, it } from '@jest/globals';
import { objectStoreContract } from '@skerry/testing/contracts/object-store-contract';
import { MemoryObjectStore } from './object-store.ts';

describe('the object-store in memory', () => {
  objectStoreContract(async () => {
    const store = new MemoryObjectStore();
    return { store, forgetHistory: async () => store.compact(), close: async () => undefined };
  });

  const collection = { group: '', resource: 'configmaps' };
  const add = (store: MemoryObjectStore, name: string) =>
    store.write({
      kind: 'create',
      key: { ...collection, namespace: 'default', name },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } },
    });

  it('ends a watch whose reader fell behind by more than the window', async () => {
    const store = new MemoryObjectStore({ window: 2 });
    const watch = await store.watch(collection, '0');
    for (const name of ['a', 'b', 'c']) await add(store, name);
    await expect(watch.next()).rejects.toMatchObject({ code: 'expired' });
  });

  it('keeps at least the window of changes', async () => {
    const store = new MemoryObjectStore({ window: 3 });
    for (let index = 0; index < 50; index++) await add(store, `n${index}`);
    expect((await store.list(collection, { at: '47' })).items).toHaveLength(47);
    await expect(store.list(collection, { at: '10' })).rejects.toMatchObject({ code: 'expired' });
  });
});
