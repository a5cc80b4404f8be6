import { eventually, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const path = '/api/v1/namespaces/shop/configmaps/note';
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const note = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace: 'shop' }, data: { a: 'new' } };
const marks = { labels: { 'skerry.dev/managed': 'true' }, annotations: { 'skerry.dev/uid': 'of-nobody' } };
const everything = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace: 'shop' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
};

describe('an orphan', () => {
  let hub: MemoryHub;
  beforeEach(async () => {
    hub = await startMemoryHub();
  });
  afterEach(() => hub.close());
  const orphans = async (): Promise<any[]> => (await hub.call('GET', '/skerry/v1/orphans')).body;

  it('that is deleted in its cluster leaves the list, and an object of its name that waited is applied', async () => {
    const member = await hub.join('a');
    const send = (method: string, to: string, body?: object) =>
      member.api.handle({
        method,
        path: to,
        headers: { 'content-type': 'application/json' },
        user: { name: 'somebody', groups: ['system:masters'] },
        ...(body && { body: JSON.stringify(body) }),
      });
    for (const object of [namespace, everything]) await hub.apply(object);
    const first = { ...note, metadata: { ...note.metadata, name: 'first' } };
    await hub.apply(first);
    await eventually('the namespace is there', () => member.get(`${path.replace(/note$/, 'first')}`));
    const made = await send('POST', '/api/v1/namespaces/shop/configmaps', {
      ...note,
      metadata: { ...note.metadata, ...marks },
      data: { a: 'old' },
    });
    expect(made.status).toBe(201);
    await eventually('it is listed', async () => (await orphans()).length === 1);
    await hub.apply(note);
    await eventually('its name is taken', async () => {
      const { body } = await hub.call('GET', '/skerry/v1/placements/core/configmaps/shop/note');
      return body.clusters?.[0]?.state === 'NotOurs';
    });
    await send('DELETE', path);
    await eventually('the new one is live', async () => (await member.get(path))?.data.a === 'new');
    await eventually('nothing is listed', async () => (await orphans()).length === 0);
  });
});
