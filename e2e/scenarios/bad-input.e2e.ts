import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { BadInputRun } from '@skerry/testing/bad-input/run';
import { eventually } from '../support/fleet.ts';
import { configMap, namespace } from '../support/objects.ts';
import { type SimulatedFleet, startSimulatedFleet } from '../support/simulated-fleet.ts';

const count = Number(process.env['SKERRY_BAD_INPUT_E2E_RUNS'] ?? 400);
const seed = Number(process.env['SKERRY_BAD_INPUT_SEED'] ?? 20_261_122);
const MANY = Number(process.env['SKERRY_BAD_INPUT_CONFIG_MAPS'] ?? 5_000);

/** Kinds that the simulated members leave as they are: no controller, no default. */
const PLAIN = /\/(configmaps|roles|serviceaccounts|boats)\//;
const MIB = 1024 * 1024;
const ADMIN = { name: 'admin', groups: ['system:masters'] };
const MEMBERS = ['north', 'south', 'west'];

const policyIn = (of: string, clusters: object): object => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace: of },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], clusters },
});

describe('bad input, over the wire and through PostgreSQL and NATS', () => {
  let fleet: SimulatedFleet;
  beforeAll(async () => {
    fleet = await startSimulatedFleet();
  }, 120_000);
  afterAll(() => fleet?.close(), 60_000);

  const textIn = async (member: string, path: string): Promise<string | undefined> => {
    const { status, body } = await fleet.member(member).sim.handle({ method: 'GET', path, user: ADMIN });
    return status === 200 ? body : undefined;
  };
  const apply = async (path: string, object: unknown): Promise<{ status: number; body: any }> =>
    fleet.platform.api.call('PATCH', `${path}?fieldManager=test&force=true`, {
      body: object,
      type: 'application/apply-patch+yaml',
    });

  it('is stored and rendered exactly, or refused by field, and stops nobody else', async () => {
    console.info(`bad input: seed ${seed}, attempts 0 to ${count - 1}`);
    const { hub, credentials } = fleet.platform;
    const run = await BadInputRun.start({
      ...readHubAccess(credentials.kubeconfigPath),
      members: MEMBERS.map((member) => (path) => textIn(member, path)),
      arrives: (path) => PLAIN.test(path),
      unhealthy: () => hub.unhealthy(),
    });
    try {
      await run.makeAll({ seed, from: 0, count });
      console.info(run.summary);
      expect(run.faults.slice(0, 30).join('\n')).toBe('');
    } finally {
      await run.close();
    }
  }, 120_000);

  it('that is as large as it may be arrives, and a byte more is refused', async () => {
    await apply('/api/v1/namespaces/large', namespace('large'));
    await apply('/apis/skerry.dev/v1alpha1/namespaces/large/placementpolicies/everything', policyIn('large', {}));
    const path = '/api/v1/namespaces/large/configmaps/note';
    const noteOf = (sizeBytes: number) =>
      configMap('large', { name: 'note', data: { big: '\u0000'.repeat(sizeBytes) } });
    const refused = await apply(path, noteOf(MIB + 1));
    expect([refused.status, refused.body.message]).toEqual([413, expect.stringContaining(`limit is ${3 * MIB}`)]);
    const long = await apply(path, configMap('large', { name: 'note', data: { big: 'x'.repeat(MIB + 1) } }));
    expect([long.status, long.body.reason]).toEqual([422, 'Invalid']);
    const note = configMap('large', { name: 'note', data: { big: 'x'.repeat(MIB) } });
    expect((await apply(path, note)).status).toBe(201);
    for (const member of MEMBERS) {
      const live = await eventually(
        'the large one is there',
        async () => (await textIn(member, path)) ?? false,
        20_000,
      );
      expect(JSON.parse(live)['data']).toEqual(note['data']);
    }
  }, 60_000);

  it('that only the members find too large is shown as refused by each of them, and holds up nothing', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/large/roles/wide';
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'wide', namespace: 'large' },
    };
    const sizeBytes = 3 * MIB - JSON.stringify({ ...role, rules: [{ verbs: [''] }] }).length;
    const taken = await apply(path, { ...role, rules: [{ verbs: ['x'.repeat(sizeBytes)] }] });
    expect(taken.status).toBe(201);
    await eventually(
      'each member says no',
      async () => {
        const query = '/skerry/v1/placements/rbac.authorization.k8s.io/roles/large/wide';
        const { clusters } = (await fleet.platform.api.call('GET', query)).body;
        return (
          clusters.filter(({ state, message }: any) => state === 'Refused' && /too large/i.test(message)).length === 3
        );
      },
      20_000,
    );
    await apply('/api/v1/namespaces/large/configmaps/after', configMap('large', { name: 'after', data: {} }));
    for (const member of MEMBERS) {
      const after = '/api/v1/namespaces/large/configmaps/after';
      await eventually('what came after it is there', async () => (await textIn(member, after)) ?? false, 10_000);
    }
  }, 60_000);

  it('a definition of a megabyte is served, arrives, and its objects with it', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, at) => [`field${at}`, { type: 'string', description: 'x'.repeat(480) }]),
    );
    const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties } } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'whales.sea.example' },
      spec: {
        group: 'sea.example',
        scope: 'Namespaced',
        names: { kind: 'Whale', plural: 'whales', singular: 'whale', listKind: 'WhaleList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    };
    expect(JSON.stringify(definition).length).toBeGreaterThan(1_000_000);
    const everywhere = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'ClusterPlacementPolicy',
      metadata: { name: 'whales' },
      spec: { selects: [{ apiVersion: '*', kind: 'CustomResourceDefinition', name: 'whales.sea.example' }] },
    };
    const whale = {
      apiVersion: 'sea.example/v1',
      kind: 'Whale',
      metadata: { name: 'blue', namespace: 'large' },
      spec: { field7: 'é' },
    };
    const at = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/whales.sea.example';
    expect((await apply('/apis/skerry.dev/v1alpha1/clusterplacementpolicies/whales', everywhere)).status).toBe(201);
    expect((await apply(at, definition)).status).toBe(201);
    expect((await apply('/apis/sea.example/v1/namespaces/large/whales/blue', whale)).status).toBe(201);
    for (const member of MEMBERS) {
      const path = '/apis/sea.example/v1/namespaces/large/whales/blue';
      const live = await eventually('the whale is there', async () => (await textIn(member, path)) ?? false, 30_000);
      expect(JSON.parse(live).spec).toEqual(whale.spec);
      const { spec } = JSON.parse((await textIn(member, at))!);
      expect(spec.versions[0].schema).toEqual(definition.spec.versions[0]!.schema);
    }
  }, 60_000);

  it(`${MANY} ConfigMaps at once arrive, each as it was written`, async () => {
    await apply('/api/v1/namespaces/many', namespace('many'));
    const policies = '/apis/skerry.dev/v1alpha1/namespaces/many/placementpolicies';
    await apply(`${policies}/everything`, policyIn('many', { names: ['north'] }));
    const left = Array.from({ length: MANY }, (_, index) => `note-${index}`);
    const statuses = new Set<number>();
    const sender = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        const object = configMap('many', { name, data: { name } });
        statuses.add((await apply(`/api/v1/namespaces/many/configmaps/${name}`, object)).status);
      }
    };
    await Promise.all(Array.from({ length: 32 }, sender));
    expect([...statuses]).toEqual([201]);
    const arrived = async (): Promise<any[]> =>
      JSON.parse((await textIn('north', '/api/v1/namespaces/many/configmaps')) ?? '{"items":[]}').items;
    await eventually('all are there', async () => (await arrived()).length >= MANY, 60_000);
    const wrong = (await arrived()).filter(({ metadata, data }) => data?.name !== metadata.name);
    expect(wrong.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')).toEqual([]);
    expect((await fleet.platform.api.call('GET', '/skerry/v1/parked')).body).toEqual([]);
  }, 120_000);
});
