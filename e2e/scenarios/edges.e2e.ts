import type { ObjectObserved } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { applyAll, eventually, type Fleet, liveIn, patchHub, startFleet } from '../support/fleet.ts';
import { configMap, deployment, namespace, policy } from '../support/objects.ts';

const deploymentPath = (namespaceName: string, name: string): string =>
  `/apis/apps/v1/namespaces/${namespaceName}/deployments/${name}`;

const OUTAGE_MS = 60_000;

/** Resolves when that much time has passed since `fromMs`; what is awaited is the time itself. */
const passed = (fromMs: number, ms: number): Promise<unknown> =>
  eventually('the outage has lasted', async () => performance.now() - fromMs >= ms, ms + 10_000);
const FIRST = '/api/v1/namespaces/calm/configmaps/first';

const beginCalm = async (fleet: Fleet): Promise<void> => {
  const first = configMap('calm', { name: 'first', data: { name: 'first' } });
  await applyAll(fleet, [namespace('calm'), policy('calm', {}), first]);
  for (const member of fleet.members) await eventually('the namespace is there', () => liveIn(member, FIRST));
};

/**
 * Takes two soaks, in which nothing but time passes in its namespace: it goes on beside the other scenarios, which leave c1 and
 * c2 alone meanwhile.
 */
const moveToANeverReadyHome = async (fleet: Fleet): Promise<void> => {
  const readyIn = async (cluster: string, path: string): Promise<number> =>
    (await liveIn(fleet.member(cluster), path))?.status?.readyReplicas ?? 0;
  const web = deployment('move', { name: 'web', replicas: 3, image: 'registry.example/web:1' });
  const path = deploymentPath('move', 'web');
  await applyAll(fleet, [namespace('move'), policy('move', { names: ['c1'] }), web]);
  await eventually('three ready in c1', async () => (await readyIn('c1', path)) === 3);
  const broken = {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'OverridePolicy',
    metadata: { name: 'broken-in-c2', namespace: 'move' },
    spec: {
      selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
      rules: [{ clusters: { names: ['c2'] }, operations: [{ image: { tag: 'never-ready' } }] }],
    },
  };
  await applyAll(fleet, [broken, policy('move', { names: ['c2'] })]);
  await eventually('c2 was told', async () => (await liveIn(fleet.member('c2'), path))?.spec.replicas === 3);
  const waits = await eventually('the hub says what it waits for', async () => {
    const { body } = await fleet.get('/skerry/v1/placements/apps/deployments/move/web');
    return body.clusters.find((one: any) => one.cluster === 'c1')?.waitsFor;
  });
  expect(waits).toContain('more ready elsewhere');
  // longer than a soak and two beats: what does not hold by then would have been let go
  const untilMs = performance.now() + 40_000;
  await eventually('a soak has passed', async () => {
    expect(await readyIn('c1', path)).toBe(3);
    return performance.now() > untilMs;
  });
  expect(
    (await fleet.platform.api.call('DELETE', '/apis/skerry.dev/v1alpha1/namespaces/move/overridepolicies/broken-in-c2'))
      .status,
  ).toBe(200);
  await eventually(
    'c1 is empty',
    async () => {
      const [before, after] = [await readyIn('c1', path), await readyIn('c2', path)];
      expect(before + after).toBeGreaterThanOrEqual(3);
      return (await liveIn(fleet.member('c1'), path)) === undefined;
    },
    90_000,
  );
  expect(await readyIn('c2', path)).toBe(3);
};

/** Has a hub of its own to lose, so it goes on beside the others too. */
const loseTheHub = async (): Promise<void> => {
  const fleet = await startFleet();
  try {
    await beginCalm(fleet);
    const { platform } = fleet;
    const member = fleet.member('c1');
    const path = FIRST;
    const goneMs = performance.now();
    await platform.hub.stop();
    await Promise.all([platform.nats.kill(), platform.postgres.kill()]);
    for (const round of [1, 2]) {
      await member.request({ method: 'DELETE', path });
      await eventually('the deleted object is back', () => liveIn(member, path), 2_000);
      const contentType = 'application/merge-patch+json';
      await member.request({ method: 'PATCH', path, body: { data: { name: `drift ${round}` } }, contentType } as never);
      await eventually('the edit is reverted', async () => (await liveIn(member, path))?.data.name === 'first', 2_000);
      if (round === 1) await passed(goneMs, OUTAGE_MS);
    }
    await Promise.all([platform.nats.restart(), platform.postgres.restart()]);
    await platform.hub.restart();
    await applyAll(fleet, [configMap('calm', { name: 'after', data: {} })]);
    for (const each of fleet.members) {
      await eventually('applied after the return', () => liveIn(each, '/api/v1/namespaces/calm/configmaps/after'));
    }
    const repairs = await eventually('what was repaired meanwhile is on record', async () => {
      const { body } = await fleet.get('/skerry/v1/placements/core/configmaps/calm/first');
      const found = body.clusters.find((one: any) => one.cluster === 'c1')?.repairs;
      return found?.length > 0 && found;
    });
    expect(repairs.length).toBeGreaterThanOrEqual(2);
  } finally {
    await fleet.close();
  }
};

describe('edges and outages, on three real clusters', () => {
  let fleet: Fleet;
  let move: Promise<void>;
  let hubLoss: Promise<void>;
  beforeAll(async () => {
    fleet = await startFleet();
    move = moveToANeverReadyHome(fleet);
    move.catch(() => undefined); // its own test says so
    await beginCalm(fleet);
    hubLoss = loseTheHub();
    hubLoss.catch(() => undefined);
  }, 180_000);
  afterAll(async () => {
    await Promise.allSettled([move, hubLoss]);
    await fleet?.close();
  }, 240_000);

  it('a custom resource travels with its definition', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.sea.example' },
      spec: {
        group: 'sea.example',
        scope: 'Namespaced',
        names: { kind: 'Boat', plural: 'boats', singular: 'boat', listKind: 'BoatList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { masts: { type: 'integer', minimum: 1 } } } },
              },
            },
          },
        ],
      },
    };
    const everywhere = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'ClusterPlacementPolicy',
      metadata: { name: 'boats' },
      spec: {
        selects: [
          { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
          { apiVersion: 'sea.example/v1', kind: 'Boat' },
        ],
      },
    };
    const boat = {
      apiVersion: 'sea.example/v1',
      kind: 'Boat',
      metadata: { name: 'gull', namespace: 'sea' },
      spec: { masts: 2 },
    };
    await applyAll(fleet, [namespace('sea'), everywhere, definition, boat]);
    for (const member of fleet.members) {
      const live = await eventually('the boat', () => liveIn(member, '/apis/sea.example/v1/namespaces/sea/boats/gull'));
      expect(live.spec.masts).toBe(2);
    }
    const refused = await fleet.apply({ ...boat, spec: { masts: 0 } } as never);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toContain('spec.masts');
  }, 90_000);

  it('an object that is deleted and made again at once is withdrawn once and lives once', async () => {
    const member = fleet.member('c3');
    const path = '/api/v1/namespaces/twice/configmaps/note';
    await applyAll(fleet, [
      namespace('twice'),
      policy('twice', {}),
      configMap('twice', { name: 'note', data: { version: 'old' } }),
    ]);
    const old = await eventually('the old one', () => liveIn(member, path));
    const oldHub = (await fleet.get(path)).body.metadata.uid;
    member.stopApi();
    expect((await fleet.platform.api.call('DELETE', path)).status).toBe(200);
    await applyAll(fleet, [configMap('twice', { name: 'note', data: { version: 'new' } })]);
    const newHub = (await fleet.get(path)).body.metadata.uid;
    expect(newHub).not.toBe(oldHub);
    member.resumeApi();
    const live = await eventually('the new one', async () => {
      const found = await liveIn(member, path);
      return found?.data.version === 'new' && found;
    });
    expect(live.metadata.uid).not.toBe(old.metadata.uid);
    expect(live.metadata.annotations['skerry.dev/uid']).toBe(newHub);
    await eventually(
      'no withdrawal is left',
      async () => (await fleet.get('/skerry/v1/withdrawals')).body.length === 0,
    );
    // the withdrawal may be confirmed before the first report about what took its place
    const credited = await eventually('c3 reports the new one', async () => {
      const { events } = await fleet.platform.store.events.read({ after: 0, limit: 100_000, categories: ['observed'] });
      const uids = events
        .filter((event) => event.uid === newHub && event.cluster === 'c3')
        .map((event) => (decodeEvent(event).data as ObjectObserved).memberUid)
        .filter((uid) => uid !== '');
      return uids.length > 0 && uids;
    });
    expect(new Set(credited)).toEqual(new Set([live.metadata.uid]));
  }, 90_000);

  it('refuses bad manifests by field at the door, or reports them by cluster, and applies the rest', async () => {
    await applyAll(fleet, [namespace('bad'), policy('bad', {})]);
    const good = configMap('bad', { name: 'good', data: { fine: 'yes' } });
    const web = deployment('bad', { name: 'web', replicas: 1, image: 'a:1' }) as any;
    const at = (change: (copy: any) => void): any => {
      const copy = structuredClone(web);
      change(copy);
      return copy;
    };
    const atTheDoor: [string, any, string][] = [
      ['an unknown kind', { ...web, kind: 'Deploymint' }, 'does not serve'],
      ['an unknown field', at((copy) => (copy.spec.replicaz = 3)), 'replicaz'],
      ['a wrong type', at((copy) => (copy.spec.replicas = 'three')), 'replicas'],
      ['a negative count', at((copy) => (copy.spec.replicas = -1)), 'spec.replicas'],
      ['a bad name', at((copy) => (copy.metadata.name = 'Not_A_Name')), 'metadata.name'],
      ['a bad label', at((copy) => (copy.metadata.labels = { app: 'not a label!' })), 'metadata.labels'],
      ['a namespace that does not exist', at((copy) => (copy.metadata.namespace = 'nowhere')), 'nowhere'],
      [
        'a selector that does not match',
        at((copy) => (copy.spec.selector.matchLabels = { app: 'other' })),
        'spec.template.metadata.labels',
      ],
      ['a policy field that is not served', policy('bad', {}, { spread: [{ by: 'zone' }] }), 'not served yet'],
      [
        'a policy with an unknown strategy',
        policy('bad', {}, { division: { strategy: 'Random' } }),
        'Duplicated, Weighted',
      ],
    ];
    for (const [what, object, expected] of atTheDoor) {
      const { status, body } = await fleet.apply(object);
      const isRefused = status >= 400 && status < 500; // 500 would ask a client to try again
      expect([what, isRefused, body.message]).toEqual([what, true, expect.stringContaining(expected)]);
    }
    // what only a member can know: the hub takes it, and says which cluster refused which field
    const port = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'far', namespace: 'bad' },
      spec: { ports: [{ port: 99_999, protocol: 'TCP' }], selector: { app: 'web' } },
    };
    expect((await fleet.apply(port as never)).status).toBeLessThan(300);
    expect((await fleet.apply(good)).status).toBe(201);
    const refusedBy = await eventually('the refusal is reported', async () => {
      const { body } = await fleet.get('/skerry/v1/placements/core/services/bad/far');
      const refused = body.clusters.filter((one: any) => one.state === 'Refused');
      return refused.length === 3 && refused;
    });
    expect(refusedBy[0].field).toContain('spec.ports[0].port');
    const { body: shown } = await fleet.get('/api/v1/namespaces/bad/services/far');
    expect(JSON.stringify(shown.status.conditions)).toContain('spec.ports[0].port');
    for (const member of fleet.members) {
      await eventually('the good one is live', () => liveIn(member, '/api/v1/namespaces/bad/configmaps/good'));
    }
  }, 90_000);

  it('objects that are not ours are left alone, and taken over only when the policy says so', async () => {
    const member = fleet.member('c1');
    const path = '/api/v1/namespaces/foreign/configmaps/theirs';
    await applyAll(fleet, [
      namespace('foreign'),
      policy('foreign', { names: ['c1'] }),
      configMap('foreign', { name: 'first', data: {} }),
    ]);
    await eventually('the namespace is there', () => liveIn(member, '/api/v1/namespaces/foreign/configmaps/first'));
    await member.request({
      method: 'POST',
      path: '/api/v1/namespaces/foreign/configmaps',
      body: configMap('foreign', { name: 'theirs', data: { owner: 'them' } }),
    } as never);
    await applyAll(fleet, [configMap('foreign', { name: 'theirs', data: { owner: 'us' } })]);
    await eventually('it is reported', async () => {
      const { body } = await fleet.get('/skerry/v1/placements/core/configmaps/foreign/theirs');
      return body.clusters[0]?.state === 'NotOurs';
    });
    expect((await liveIn(member, path)).data.owner).toBe('them');
    await patchHub(fleet, '/apis/skerry.dev/v1alpha1/namespaces/foreign/placementpolicies/here', {
      spec: { adopt: true },
    });
    await eventually('it is taken over', async () => (await liveIn(member, path))?.data.owner === 'us');
  }, 60_000);

  const liveNames = async (cluster: string): Promise<Set<string>> => {
    const list = await liveIn(fleet.member(cluster), '/api/v1/namespaces/calm/configmaps');
    return new Set((list?.items ?? []).map((one: any) => one.metadata.name as string));
  };

  it('a member whose API stops during 100 applies holds up no other, and catches up', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `note-${index}`);
    fleet.member('c3').stopApi();
    const stoppedMs = performance.now();
    await Promise.all(names.map((name) => applyAll(fleet, [configMap('calm', { name, data: { name } })])));
    for (const cluster of ['c1', 'c2']) {
      await eventually(
        `all 100 are live in ${cluster}`,
        async () => {
          const live = await liveNames(cluster);
          return names.every((name) => live.has(name));
        },
        OUTAGE_MS - (performance.now() - stoppedMs),
      );
    }
    const verdict = await eventually('the hub says that it is cut off', async () => {
      const { body } = await fleet.get('/apis/skerry.dev/v1alpha1/clusters/c3');
      return body.status.verdict !== 'Ready' && body.status.verdict;
    });
    expect(['NotReady', 'Silent']).toContain(verdict);
    await passed(stoppedMs, OUTAGE_MS);
    fleet.member('c3').resumeApi();
    await eventually('c3 has caught up', async () => {
      const live = await liveNames('c3');
      return names.every((name) => live.has(name));
    });
    await eventually(
      'c3 is Ready again',
      async () => (await fleet.get('/apis/skerry.dev/v1alpha1/clusters/c3')).body.status.verdict === 'Ready',
    );
  }, 240_000);

  it('a workload whose new home never gets ready stays where it is, and moves when that recovers', () => move, 240_000);

  it('drift in a member is repaired while the hub is gone, and the hub takes up where it was', () => hubLoss, 240_000);
});
