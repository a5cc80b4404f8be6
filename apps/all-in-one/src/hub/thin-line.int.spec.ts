import { eventually, type MemberEnd, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
  },
});
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const policy = (strategy: string) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace: 'shop' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy } },
});
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';

describe('an object on its way from the hub to its members', () => {
  let hub: MemoryHub;
  let members: MemberEnd[];

  beforeEach(async () => {
    hub = await startMemoryHub();
    members = [await hub.join('a'), await hub.join('b'), await hub.join('c')];
  });
  afterEach(() => hub.close());

  it('is divided over three members, its namespace with it, and its status says where it is', async () => {
    expect((await hub.apply(namespace)).status).toBe(201);
    expect((await hub.apply(policy('Weighted'))).status).toBe(201);
    expect((await hub.apply(deployment(6))).status).toBe(201);
    for (const member of members) {
      const live = await eventually('live in the member', () => member.get(WEB));
      expect(live.spec.replicas).toBe(2);
    }
    const shown = await eventually('applied at the hub', async () => {
      const { body } = await hub.call('GET', WEB);
      return body.status?.conditions?.find((one: any) => one.type === 'skerry.dev/Applied')?.status === 'True' && body;
    });
    expect(shown.status.conditions.find((one: any) => one.type === 'skerry.dev/Placed').message).toBe('a=2, b=2, c=2');
  });

  it('goes from all members when it is deleted at the hub', async () => {
    await hub.apply(namespace);
    await hub.apply(policy('Duplicated'));
    await hub.apply(deployment(1));
    for (const member of members) await eventually('live', () => member.get(WEB));
    expect((await hub.call('DELETE', WEB)).status).toBe(200);
    for (const member of members) await eventually('gone', async () => (await member.get(WEB)) === undefined);
    await eventually(
      'no withdrawal is left',
      async () => (await hub.call('GET', '/skerry/v1/withdrawals')).body.length === 0,
    );
  });

  it('stays Terminating in a foreground deletion until every cluster has confirmed', async () => {
    await hub.apply(namespace);
    await hub.apply(policy('Duplicated'));
    await hub.apply(deployment(1));
    for (const member of members) await eventually('live', () => member.get(WEB));
    await members[2]!.stopSyncer();
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' };
    expect((await hub.call('DELETE', WEB, options)).status).toBe(200);
    for (const member of members.slice(0, 2))
      await eventually('gone', async () => (await member.get(WEB)) === undefined);
    expect((await hub.call('GET', WEB)).body.metadata.deletionTimestamp).toBeDefined();
    await eventually('only the cluster that has not confirmed is left', async () => {
      const { body } = await hub.call('GET', '/skerry/v1/withdrawals');
      return body.length === 1 && body[0].cluster === 'c' && body[0].cause === 'owner';
    });
  });

  it('that is applied again unchanged is not written again', async () => {
    const note = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'note', namespace: 'shop' },
      data: { a: '1' },
    };
    for (const object of [namespace, policy('Duplicated'), note]) await hub.apply(object);
    const path = '/api/v1/namespaces/shop/configmaps/note';
    await eventually('conditions are shown', async () =>
      (await hub.call('GET', path)).body.metadata.annotations?.['skerry.dev/conditions']?.includes('Applied'),
    );
    expect((await hub.apply(note)).status).toBe(200);
    expect((await hub.call('GET', '/skerry/v1/history/core/configmaps/shop/note')).body).toHaveLength(1);
    const read = (await hub.call('GET', path)).body;
    expect((await hub.call('PUT', path, { ...read, data: { a: '2' } })).status).toBe(200);
    const { body: history } = await hub.call('GET', '/skerry/v1/history/core/configmaps/shop/note');
    expect(history[1].difference).toEqual([{ path: 'data.a', before: '1', after: '2' }]);
  });

  it('is withdrawn also when it was made again and the hub restarted before it had told anybody', async () => {
    const path = '/api/v1/namespaces/shop/configmaps/note';
    const note = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'note', namespace: 'shop' },
      data: { value },
    });
    for (const object of [namespace, policy('Duplicated'), note('old')]) await hub.apply(object);
    for (const member of members) await eventually('the old one', () => member.get(path));
    // all deciding stops: what the store takes from here on is decided only after the restart
    const { append } = hub.store.events;
    hub.store.events.append = async (request) =>
      request.lease ? { kind: 'stale-lease', ...request.lease } : append.call(hub.store.events, request);
    await hub.call('DELETE', path);
    await hub.apply(note('new'));
    hub.store.events.append = append;
    await hub.restartHub();
    for (const member of members) {
      await eventually('the new one', async () => (await member.get(path))?.data.value === 'new');
    }
  });

  it('is not written again after a restart of the hub and the syncers see nothing to do', async () => {
    await hub.apply(namespace);
    await hub.apply(policy('Duplicated'));
    await hub.apply(deployment(1));
    for (const member of members) await eventually('live', () => member.get(WEB));
    await eventually('reported', async () =>
      (await hub.call('GET', '/skerry/v1/placements/apps/deployments/shop/web')).body.clusters.every(
        (one: any) => one.state === 'Applied',
      ),
    );
    for (const member of members) member.mutations.length = 0;
    const head = (await hub.store.events.head()).position;
    await hub.restartHub();
    await eventually('ready', async () => hub.hub.ready());
    expect(members.flatMap((member) => member.mutations)).toEqual([]);
    const { events } = await hub.store.events.read({ after: head, categories: ['selection', 'placement', 'desired'] });
    expect(events).toEqual([]);
  });
});
