import type { HubObject } from '@skerry/all-in-one/api/hub-api';
import { eventually } from '../support/fleet.ts';
import { configMap, deployment, namespace, policy } from '../support/objects.ts';
import { type SimulatedFleet, startSimulatedFleet } from '../support/simulated-fleet.ts';

const MANY = 120;
/** What the guard lets through in 10 min where a cluster holds less than 250. */
const LET_THROUGH = 50;
const WEB = '/apis/apps/v1/namespaces/ops/deployments/web';
const notes = (names: readonly string[]): HubObject[] =>
  names.map((name) => configMap('many', { name, data: { name } }));
const override = (operations: object[]): HubObject =>
  ({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'OverridePolicy',
    metadata: { name: 'misfit', namespace: 'ops' },
    spec: { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }], rules: [{ operations }] },
  }) as HubObject;

/** Set to see what a person sees. */
const show = (said: string): string => {
  if (process.env['SKERRY_SHOW']) process.stdout.write(`${said}\n\n`);
  return said;
};

describe('a person at the command line, with a whole hub and three simulated clusters', () => {
  let fleet: SimulatedFleet;
  beforeAll(async () => {
    fleet = await startSimulatedFleet();
    await apply([namespace('ops'), policy('ops', {}), deployment('ops', { name: 'web', replicas: 6, image: 'web:1' })]);
    await apply([namespace('many'), policy('many', { names: ['north', 'south'] })]);
    const names = Array.from({ length: MANY }, (_, index) => `note-${index}`);
    await Promise.all(notes(names).map((one) => apply([one])));
    await eventually('all notes are live', async () => (await notesIn('north')).length === MANY);
    // The copies in south have to be proven for a soak before north may let go: seen at the end.
    await apply([policy('many', { names: ['south'] })]);
  }, 60_000);
  afterAll(() => fleet?.close(), 60_000);

  /** Runs it, and expects that it ends well. */
  const out = async (...args: string[]): Promise<string> => {
    const { code, out: said, err } = await fleet.run(...args);
    expect([args, code, err]).toEqual([args, 0, '']);
    return show(`$ skerry ${args.join(' ')}\n${said}`).slice(args.join(' ').length + '$ skerry \n'.length);
  };
  const says = (what: string, args: string[], text: RegExp, deadlineMs = 30_000): Promise<string> =>
    eventually(
      `${what}: skerry ${args.join(' ')} says ${text}`,
      async () => {
        const { out: said } = await fleet.run(...args);
        return text.test(said) && show(`$ skerry ${args.join(' ')}\n${said}`);
      },
      deadlineMs,
    );
  const apply = async (objects: readonly HubObject[]): Promise<void> => {
    for (const object of objects) {
      const { status, body } = await fleet.platform.api.apply(object);
      if (status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${body?.message}`);
    }
  };
  const notesIn = async (cluster: string): Promise<unknown[]> =>
    (await fleet.member(cluster).get('/api/v1/namespaces/many/configmaps'))?.items ?? [];

  it('scale, describe and history agree with what the clusters hold', async () => {
    expect(await out('scale', 'deployment/web', '-n', 'ops', '--replicas', '9')).toBe(
      'deployment.apps/web scaled from 6 to 9',
    );
    await says('nine are ready', ['describe', 'deploy', 'web', '-n', 'ops'], /Available +True +\S+ +9 of 9/);
    const shown = await out('describe', 'deploy', 'web', '-n', 'ops');
    for (const name of ['north', 'south', 'west']) {
      const live = await fleet.member(name).get(WEB);
      expect(shown).toMatch(new RegExp(`${name} +3 +3 +3 +Applied`));
      expect([name, live.spec.replicas, live.status.readyReplicas]).toEqual([name, 3, 3]);
    }
    await apply([deployment('ops', { name: 'web', replicas: 9, image: 'web:2' })]);
    const history = await out('history', 'deploy', 'web', '-n', 'ops', '-o', 'wide');
    expect(history).toMatch(/spec\.replicas: 6 → 9/);
    expect(history).toMatch(/spec\.template\.spec\.containers\[0\]\.image: web:1 → web:2/);
  }, 60_000);

  it('withdraw takes an object out of its clusters, and --undo brings it back', async () => {
    const path = '/api/v1/namespaces/ops/configmaps/pause';
    await apply([configMap('ops', { name: 'pause', data: {} })]);
    await eventually('it is in west', () => fleet.member('west').get(path));
    await out('withdraw', 'cm', 'pause', '-n', 'ops');
    await eventually('it is out of west', async () => (await fleet.member('west').get(path)) === undefined);
    await says('all have confirmed', ['get', 'withdrawals'], /^(?![^]*\/pause)/);
    await out('withdraw', 'cm', 'pause', '-n', 'ops', '--undo');
    await eventually('it is in west again', () => fleet.member('west').get(path));
  }, 60_000);

  it('a decision that failed for good is named in parked list and describe, and retried once it can succeed', async () => {
    await apply([override([{ jsonPatch: [{ op: 'replace', path: '/spec/paused', value: true }] }])]);
    const table = await says('it is parked', ['parked', 'list'], /web/);
    expect(table).toMatch(
      /rollout +deployment\/web -n ops +\S+ +\d+s +JSON patch replace \/spec\/paused: paused does not/,
    );
    expect(await out('describe', 'deploy', 'web', '-n', 'ops')).toContain('Parked:\n  rollout: JSON patch replace');
    const [{ key }] = JSON.parse(await out('parked', 'list', '-o', 'json'));
    expect(await out('parked', 'retry', key)).toContain('deployment.apps/web is decided again');
    await says('it failed again', ['parked', 'list'], /rollout .* [0-3]s +JSON patch/);
    await apply([override([{ jsonPatch: [{ op: 'add', path: '/spec/paused', value: true }] }])]);
    await says('it is mended', ['parked', 'list'], /^no key is parked/);
    await eventually('west has it', async () => (await fleet.member('west').get(WEB)).spec.paused === true);
  }, 60_000);

  it('an object that came back with an old backup of a cluster is an orphan, is left alone, and keeps its name', async () => {
    const path = '/api/v1/namespaces/ops/configmaps/lost';
    await apply([configMap('ops', { name: 'lost', data: { version: 'old' } })]);
    const saved = await eventually('it is in north', () => fleet.member('north').get(path));
    await out('delete', 'cm', 'lost', '-n', 'ops');
    await says('all have confirmed', ['get', 'withdrawals'], /^(?![^]*\/lost)/);
    const { resourceVersion: _v, uid: _u, managedFields: _m, creationTimestamp: _c, ...metadata } = saved.metadata;
    const body = { ...saved, metadata };
    expect(
      (await fleet.send('north', { method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body })).status,
    ).toBe(201);
    const listed = await says('it is listed', ['orphans'], /configmap\/lost/);
    expect(listed).toMatch(
      /north +configmap\/lost -n ops +\S+ +carries our mark and is not desired here; nothing is done to it/,
    );
    expect(listed).toContain('kubectl delete it in its cluster');
    await apply([configMap('ops', { name: 'lost', data: { version: 'new' } })]);
    const shown = await says(
      'its name is taken',
      ['describe', 'cm', 'lost', '-n', 'ops'],
      /north +\S+ +\S+ +\S+ +NotOurs/,
    );
    expect(shown).toMatch(/north: .*see skerry orphans/);
    expect((await fleet.member('north').get(path)).data.version).toBe('old');
    await fleet.member('north').remove(path);
    await eventually(
      'the new one is there',
      async () => (await fleet.member('north').get(path))?.data.version === 'new',
    );
    await says('nobody is an orphan any more', ['orphans'], /^no orphans/);
  }, 60_000);

  it('a cordoned cluster gets nothing new and says why; taint removes and sets', async () => {
    expect(await out('clusters', 'cordon', 'west')).toBe('west: skerry.dev/cordoned:NoSchedule');
    await apply([configMap('ops', { name: 'fresh', data: {} })]);
    const path = '/api/v1/namespaces/ops/configmaps/fresh';
    await eventually('it is in south', () => fleet.member('south').get(path));
    expect(await fleet.member('west').get(path)).toBeUndefined();
    expect(await out('describe', 'cm', 'fresh', '-n', 'ops')).toMatch(
      /Shortfall:\n +1 copy in west: taint skerry\.dev\/cordoned:NoSchedule is not tolerated/,
    );
    expect(await out('clusters', 'list')).toMatch(/west +Ready .*skerry\.dev\/cordoned:NoSchedule/);
    expect(await out('clusters', 'taint', 'west', 'skerry.dev/cordoned:NoSchedule-')).toBe('west: no taints');
    await eventually('it may run in west now', () => fleet.member('west').get(path));
  }, 60_000);

  it('so many withdrawals at once that they may be a mistake wait for a person, and go when one has confirmed', async () => {
    const waits = new RegExp(
      `${MANY - LET_THROUGH} objects: ${LET_THROUGH} objects were withdrawn in 10 min; .*skerry confirm`,
    );
    const shown = await says('the guard is shut', ['describe', 'cluster', 'north'], waits, 45_000);
    expect(shown).toContain('the rest waits for: skerry confirm withdrawals north');
    const held = await notesIn('north');
    expect(held).toHaveLength(MANY - LET_THROUGH);
    expect(
      (await out('get', 'withdrawals')).match(
        /configmap\/note-\d+ -n many +(policy|move) .*waits for: skerry confirm/g,
      ),
    ).toHaveLength(held.length);
    expect(await out('confirm', 'withdrawals', 'north')).toBe(
      `north may remove what it was told to remove; ${held.length} objects wait`,
    );
    await eventually('all are gone from north', async () => (await notesIn('north')).length === 0);
    expect(await notesIn('south')).toHaveLength(MANY);
    await says('all have confirmed', ['get', 'withdrawals'], /^no withdrawal waits/);
  }, 90_000);

  it('events --follow goes on over a restart of the hub: nothing is missed, nothing comes twice', async () => {
    const { platform } = fleet;
    const following = fleet.begin('events', '--follow', '-o', 'json');
    await eventually('the past is shown', async () => following.out().includes('"PlacementDecided"'));
    await platform.hub.stop();
    await eventually('it says that the hub is away', async () => following.err().includes('trying again'));
    await platform.hub.restart();
    await apply([configMap('ops', { name: 'after', data: {} })]);
    const { position: head } = await platform.store.events.head();
    const positions = (): number[] =>
      following
        .out()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).position as number);
    await eventually('the present is shown', async () => following.out().endsWith('\n') && positions().at(-1)! >= head);
    following.interrupt();
    const { code, err } = await following.ended;
    expect([code, err.match(/trying again/g)?.length, err.includes('the hub is back')]).toEqual([0, 1, true]);
    expect(positions()).toEqual(Array.from({ length: positions().length }, (_, index) => index + 1));
  }, 60_000);

  it('a cluster that is removed keeps what it has, and nobody looks after that', async () => {
    const said = await out('clusters', 'remove', 'west');
    expect(said).toMatch(/^west is no member any more\n\d+ objects stay there[^]*deployment\/web in namespace ops/);
    await says("it is in nobody's list", ['clusters', 'list', '-o', 'name'], /^north\nsouth$/);
    await says(
      'its share is given to the others',
      ['describe', 'deploy', 'web', '-n', 'ops'],
      /north +[45] +[45] [^]*south +[45] +[45] /,
    );
    expect((await fleet.member('west').get(WEB)).spec.replicas).toBe(3);
    expect((await out('describe', 'deploy', 'web', '-n', 'ops')).match(/west/)).toBeNull();
  }, 60_000);

  it('the figures of the hub tell of all this', async () => {
    const answer = await fetch(`${fleet.platform.healthUrl}/metrics`);
    const text = await answer.text();
    expect(text).toMatch(/skerry_gateway_requests_total\{verb="apply",code="201"\} \d{3}/);
    expect(text).toMatch(/skerry_gateway_request_seconds_count\{verb="list"\} \d+/);
    expect(text).toMatch(/skerry_gateway_state_lag_positions\{gateway="gateway"\} \d+/);
    expect(text).toMatch(/skerry_gateway_watches\{gateway="gateway"\} \d+/);
  });
});
