import { MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import { eventually, type MemoryHub, startMemoryHub } from './memory-hub.spec-support.ts';

const DEFINITIONS = 1_000;
const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
const definition = (n: number) => {
  const group = `team-${n % 70}.platform.some-vendor.example.com`;
  const names = { plural: `providerthings${n}`, singular: `providerthing${n}`, kind: `ProviderThing${n}` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      names: { ...names, listKind: `${names.kind}List` },
      scope: 'Namespaced',
      versions: [version('v1', true), version('v1beta1', false)],
    },
  };
};
const policy = (kind: string, name: string) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind,
  metadata: kind === 'PlacementPolicy' ? { name, namespace: 'shop' } : { name },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
});

describe('a cluster with 1,000 definitions of two versions each', () => {
  let hub: MemoryHub;
  beforeEach(async () => {
    hub = await startMemoryHub();
  });
  afterEach(() => hub.close());

  it('takes new objects, of these kinds too', async () => {
    const member = await hub.join('a');
    for (let n = 0; n < DEFINITIONS - 1; n += 1) {
      const { status } = await member.api.handle({
        method: 'POST',
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(definition(n)),
        user: { name: 'somebody', groups: ['system:masters'] },
      });
      expect(status).toBe(201);
    }
    const last = definition(DEFINITIONS - 1);
    const { group, names } = last.spec;
    const thing = { apiVersion: `${group}/v1`, kind: names.kind, metadata: { name: 'one', namespace: 'shop' } };
    await hub.apply(policy('ClusterPlacementPolicy', 'everything'));
    const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    for (const object of [shop, last]) expect((await hub.apply(object)).status).toBe(201);
    const path = `/apis/${group}/v1/namespaces/shop/${names.plural}/one`;
    const { status } = await hub.call('PATCH', `${path}?fieldManager=test`, thing);
    expect(status).toBe(201);
    await eventually('it is live', () => member.get(path), 20_000);
    const { events } = await hub.store.events.read({ after: 0, categories: ['cluster'] });
    const sizes = events.filter(({ type }) => type === 'ClusterPortrayed').map(({ data }) => data.byteLength);
    expect(sizes.some((bytes) => bytes > MAX_EVENT_BYTES / 2)).toBe(true);
  }, 60_000);
});
