import { eventually, type MemberEnd, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const KEYS = '/api/v1/namespaces/shop/secrets/keys';
const keys = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', namespace: 'shop', labels: { tier: 'tin' } },
  data: { key: 'c2VjcmV0' },
};
const own = (kind: string, { name, spec }: { name: string; spec: object }) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});
const override = (selects: object, operations: readonly object[]) =>
  own('OverridePolicy', {
    name: 'edit',
    spec: { selects: [selects], rules: [{ clusters: { names: ['b'] }, operations }] },
  });
const ANY = { apiVersion: '*', kind: '*' };

describe('an override that a Secret matches', () => {
  let hub: MemoryHub;
  let members: { readonly a: MemberEnd; readonly b: MemberEnd };

  beforeEach(async () => {
    hub = await startMemoryHub();
    members = { a: await hub.join('a'), b: await hub.join('b') };
    await hub.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await hub.apply(own('PlacementPolicy', { name: 'everything', spec: { selects: [ANY] } }));
    await hub.apply(keys);
    for (const member of Object.values(members)) await eventually('live', () => member.get(KEYS));
  });
  afterEach(() => hub.close());

  const condition = async (): Promise<any> => {
    const { body } = await hub.call('GET', KEYS);
    const conditions = JSON.parse(body.metadata.annotations?.['skerry.dev/conditions'] ?? '[]') as any[];
    return conditions.find((one) => one.type === 'skerry.dev/Overridden');
  };
  const tierIn = async (member: MemberEnd): Promise<string> => (await member.get(KEYS))?.metadata.labels.tier;

  it('is refused by field, value and what is allowed where the policy names Secrets', async () => {
    const data = { jsonPatch: [{ op: 'replace', path: '/data/key', value: 'AAAA' }] };
    const { status, body } = await hub.apply(override({ apiVersion: 'v1', kind: 'Secret' }, [data]));
    expect(status).toBe(422);
    expect(body.details.causes).toEqual([
      expect.objectContaining({
        field: 'spec.rules[0].operations[0].jsonPatch[0].path',
        message: expect.stringMatching(/"\/data\/key".*names Secrets.*allowed: labels, annotations/),
      }),
    ]);
  });

  it('changes its labels, and shows what it leaves out as a condition until that is gone', async () => {
    const label = { jsonPatch: [{ op: 'replace', path: '/metadata/labels/tier', value: 'gold' }] };
    const data = { jsonPatch: [{ op: 'replace', path: '/data/key', value: 'AAAA' }] };
    expect(await condition()).toBeUndefined();
    expect((await hub.apply(override(ANY, [label, data]))).status).toBe(201);
    await eventually('the label is written in b', async () => (await tierIn(members.b)) === 'gold');
    expect(await tierIn(members.a)).toBe('tin');
    expect((await members.b.get(KEYS)).data).toEqual(keys.data);
    expect(await eventually('it is shown', condition)).toMatchObject({
      status: 'False',
      reason: 'LeftOut',
      message: expect.stringMatching(
        /^b: OverridePolicy edit: jsonPatch of \/data\/key is left out; of a Secret allowed: labels/,
      ),
    });
    await hub.apply(override(ANY, [label]));
    await eventually('it is not shown any more', async () => (await condition()) === undefined);
    expect(await tierIn(members.b)).toBe('gold');
  });

  it('is shown also where the cluster gets the same bytes as before, without a request to it', async () => {
    const before = members.b.mutations.length;
    await hub.apply(override(ANY, [{ image: { tag: '2' } }]));
    expect((await eventually('it is shown', condition)).message).toMatch(/^b: OverridePolicy edit: image is left out/);
    await hub.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later', namespace: 'shop' } });
    await eventually('what comes later is applied', () => members.b.get('/api/v1/namespaces/shop/configmaps/later'));
    expect(members.b.mutations.slice(before).filter((one) => one.includes('secrets'))).toEqual([]);
  });

  it('is placed also where three policies with 150 operations each cannot be done to it', async () => {
    const many = Array.from({ length: 150 }, (_, n) => ({
      jsonPatch: [{ op: 'add', path: `/spec/x${n}`, value: '1' }],
    }));
    for (const name of ['one', 'two', 'three']) {
      const policy = override(ANY, many);
      expect((await hub.apply({ ...policy, metadata: { ...policy.metadata, name } })).status).toBe(201);
    }
    await hub.apply({ ...keys, metadata: { ...keys.metadata, name: 'fresh' } });
    await eventually('it is live', () => members.b.get('/api/v1/namespaces/shop/secrets/fresh'));
    expect((await hub.call('GET', '/skerry/v1/parked')).body).toEqual([]);
  });
});
