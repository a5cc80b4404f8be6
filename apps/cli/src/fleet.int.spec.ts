import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  eventually,
  type MemberEnd,
  type MemoryHub,
  pathOf,
  startMemoryHub,
} from '@skerry/all-in-one/hub/memory-hub.spec-support';
import { type Said, skerry } from './cli.spec-support.ts';
import { EXIT } from './exit-codes.ts';

jest.setTimeout(30_000); // each command is a process of its own

let hub: MemoryHub;
let south: MemberEnd;
let folder: string;
const run = (...args: string[]): Promise<Said> => skerry(args, { kubeconfig: hub.kubeconfigPath, folder });
/** Runs it, and expects that it ends well. */
const out = async (...args: string[]): Promise<string> => {
  const said = await run(...args);
  expect([said.code, said.err]).toEqual([EXIT.ok, '']);
  return said.out;
};
const cluster = async (name: string): Promise<any> =>
  (await hub.call('GET', `/apis/skerry.dev/v1alpha1/clusters/${name}`)).body;
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { a: 'b' },
});
const policy = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'all', namespace: 'default' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-fleet-'));
  hub = await startMemoryHub();
  await hub.join('north', { region: 'north' });
  south = await hub.join('south', { region: 'south' });
  await hub.apply(policy);
  for (const name of ['kept', 'removed']) await hub.apply(configMap(name));
  await eventually('placed', () => south.get('/api/v1/namespaces/default/configmaps/kept'));
}, 30_000);
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('skerry clusters', () => {
  it('list shows state, region and room of each', async () => {
    const table = await out('clusters', 'list');
    expect(table).toMatch(/^CLUSTER +STATE +REGION +NODES +CPU +MEMORY +PODS +TAINTS\nnorth +Ready +north +/);
    expect(await out('clusters', 'list', '-o', 'name')).toBe('north\nsouth');
    expect(JSON.parse(await out('clusters', 'list', '-o', 'json'))[1]).toMatchObject({ metadata: { name: 'south' } });
  });

  it('cordon, taint and their opposites write the taints, and say when it was so already', async () => {
    expect(await out('clusters', 'cordon', 'north')).toBe('north: skerry.dev/cordoned:NoSchedule');
    expect(await out('clusters', 'cordon', 'north')).toBe('north: skerry.dev/cordoned:NoSchedule (was so already)');
    expect(await out('clusters', 'taint', 'north', 'disk=slow:NoSchedule')).toContain('disk=slow:NoSchedule');
    expect(await out('clusters', 'uncordon', 'north')).toBe('north: disk=slow:NoSchedule');
    expect((await cluster('north')).spec.taints).toEqual([{ key: 'disk', value: 'slow', effect: 'NoSchedule' }]);
    expect(await out('clusters', 'taint', 'north', 'disk=slow:NoSchedule-')).toBe('north: no taints');
    expect((await run('clusters', 'taint', 'north', 'disk=slow:Sometimes')).code).toBe(EXIT.usage);
    expect(await run('clusters', 'cordon', 'nowhere')).toMatchObject({
      code: EXIT.refused,
      err: expect.stringContaining('"nowhere" not found'),
    });
  });

  it('join looks first whether an API server answers; remove says what stays there', async () => {
    // The hub is itself a Kubernetes API server that answers.
    copyFileSync(hub.kubeconfigPath, join(folder, 'member.yaml'));
    const joined = await out(
      'clusters',
      'join',
      'west',
      '--kubeconfig',
      'member.yaml',
      '--region',
      'west',
      '--label',
      'tier=gold',
    );
    expect(joined).toMatch(/^west \(Kubernetes v\S+\) is a member/);
    expect((await cluster('west')).spec).toMatchObject({
      region: 'west',
      labels: { tier: 'gold' },
      access: { mode: 'Push' },
    });
    expect(await out('clusters', 'remove', 'west')).toBe('west is no member any more\nnothing of ours stays there');
    expect((await hub.call('GET', '/api/v1/namespaces/skerry-system/secrets/cluster-west')).status).toBe(404);
    expect((await run('clusters', 'remove', 'west')).code).toBe(EXIT.refused);
  });

  it('join refuses a file that is not there, is no kubeconfig, or leads nowhere, and changes nothing', async () => {
    writeFileSync(join(folder, 'text.yaml'), 'hello: there\n');
    writeFileSync(
      join(folder, 'dead.yaml'),
      readFileSync(hub.kubeconfigPath, 'utf8').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
    );
    writeFileSync(
      join(folder, 'wrong.yaml'),
      readFileSync(hub.kubeconfigPath, 'utf8').replace(/token: .*/, 'token: wrong'),
    );
    const join_ = (name: string): Promise<Said> => run('clusters', 'join', 'east', '--kubeconfig', name);
    expect((await join_('none.yaml')).err).toMatch(/none\.yaml: there is no such file$/);
    expect((await join_('text.yaml')).err).toMatch(
      /text\.yaml: the kubeconfig cannot be used: it has no current-context; nothing was changed$/,
    );
    expect((await join_('dead.yaml')).err).toMatch(
      /dead\.yaml: its API server does not answer \(ECONNREFUSED\); nothing was changed$/,
    );
    expect((await join_('wrong.yaml')).err).toMatch(
      /wrong\.yaml: the API server refuses its credentials \(401\); nothing was changed$/,
    );
    expect((await cluster('east')).code).toBe(404);
  });
});

describe('what waits for a person', () => {
  it('confirm writes the order into the Cluster object, each time anew', async () => {
    expect(await out('confirm', 'withdrawals', 'south')).toBe('south may remove what it was told to remove');
    expect(await out('confirm', 'restore', 'south')).toBe('south goes by the restored hub from now on');
    const { confirmations } = (await cluster('south')).spec;
    expect(confirmations).toMatchObject([
      { what: 'withdrawals' },
      { what: 'restore', incarnation: (await hub.call('GET', '/skerry/v1/store')).body.incarnation },
    ]);
    expect((await run('confirm', 'withdrawals', 'nowhere')).code).toBe(EXIT.refused);
    expect((await run('confirm', 'everything', 'south')).code).toBe(EXIT.usage);
  });

  it('parked list shows which object and why; parked retry has it decided again, at no request to a member', async () => {
    expect(await out('parked', 'list')).toBe('no key is parked');
    const path = '/api/v1/namespaces/default/configmaps/kept';
    const { uid } = (await hub.call('GET', path)).body.metadata;
    const override = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'misfit', namespace: 'default' },
      spec: {
        selects: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'kept' }],
        rules: [{ operations: [{ jsonPatch: [{ op: 'replace', path: '/data/none', value: 'x' }] }] }],
      },
    };
    await hub.apply(override);
    const listed = (): Promise<string> => out('parked', 'list');
    const table = await eventually('it is parked', async () => /kept/.test(await listed()) && listed());
    expect(table).toMatch(
      /^SERVICE +OBJECT +KEY +FOR +REASON\nrollout +configmap\/kept -n default +\S+ +\d+s +JSON patch/,
    );
    expect(table).toContain('JSON patch replace /data/none: none does not exist (from OverridePolicy misfit)');
    expect(await out('describe', 'cm', 'kept')).toContain('Parked:\n  rollout: JSON patch replace /data/none');
    const before = south.mutations.length;
    expect(await out('parked', 'retry', uid)).toMatch(/^configmap\/kept is decided again; skerry parked list shows/);
    expect((await hub.call('GET', path)).body.metadata.annotations['skerry.dev/retry']).toMatch(/^\d{4}-/);
    await hub.call('DELETE', pathOf(override));
    await eventually('it is not parked any more', async () => (await listed()) === 'no key is parked');
    await hub.apply(configMap('later'));
    const later = '/api/v1/namespaces/default/configmaps/later';
    await eventually('what came after is live', () => south.get(later));
    expect(south.mutations.slice(before).filter((one) => one.includes('/kept'))).toEqual([]);
    expect((await run('parked', 'retry', 'no-such-key')).err).toContain(
      'no object of the hub has the uid "no-such-key"',
    );
    await hub.call('DELETE', later);
    await eventually('it is gone again', async () => (await south.get(later)) === undefined);
  });

  it('orphans names what is marked as ours and desired by nobody', async () => {
    expect(await out('orphans')).toMatch(/^no orphans/);
    expect(await out('get', 'orphans', '-o', 'json')).toBe('[]');
    expect((await run('get', 'orphans', '-w')).code).toBe(EXIT.usage);
  });
});

describe('skerry delete', () => {
  it('deletes, shows what has not been confirmed, and says what is not there', async () => {
    expect(await out('delete', 'cm', 'removed', '--dry-run')).toBe('configmap/removed deleted (dry run)');
    await south.stopSyncer();
    expect(await out('delete', 'cm', 'removed')).toBe('configmap/removed deleted');
    const waiting = await eventually('only south waits', async () => {
      const said = await out('get', 'withdrawals');
      return !said.includes('north') && said.includes('south') && said;
    });
    expect(waiting).toMatch(
      /^CLUSTER +OBJECT +CAUSE +FOR +STATE +MESSAGE\nsouth +configmap\/removed -n default +owner/,
    );
    expect(await run('delete', 'cm', 'removed')).toMatchObject({
      code: EXIT.refused,
      err: expect.stringContaining('not found'),
    });
    expect(await out('delete', 'cm', 'removed', '--ignore-not-found')).toBe('');
    expect((await run('delete', 'cm', 'kept', 'removed')).code).toBe(EXIT.partly);
    expect((await run('delete', 'cm')).code).toBe(EXIT.usage);
  });

  it('clusters remove names what stays in a cluster that holds something', async () => {
    const said = await out('clusters', 'remove', 'south');
    expect(said).toMatch(
      /^south is no member any more\n3 objects stay there and go on running[^]*\n {2}configmap\/kept in namespace default\n {2}configmap\/removed/,
    );
  });
});

describe('without a hub', () => {
  it('every command says so, with exit code 3', async () => {
    for (const args of [['get', 'deploy'], ['clusters', 'list'], ['events'], ['apply', '-f', 'x.yaml']]) {
      expect(await skerry(args, { folder })).toMatchObject({
        code: EXIT.unreachable,
        err: 'skerry: no hub found: run `npm start`, or give --kubeconfig FILE',
      });
    }
  });

  it('a kubeconfig that is missing, none, or leads nowhere is named', async () => {
    const get = (kubeconfig: string): Promise<Said> =>
      skerry(['--kubeconfig', kubeconfig, 'get', 'deploy'], { folder });
    expect(await get('none.yaml')).toMatchObject({
      code: EXIT.unreachable,
      err: expect.stringContaining('there is no such file'),
    });
    expect((await get('text.yaml')).err).toContain("is it the hub's kubeconfig?");
    expect(await get('dead.yaml')).toMatchObject({
      code: EXIT.unreachable,
      err: 'skerry: the hub at https://127.0.0.1:1 cannot be reached (ECONNREFUSED): is it running? `npm start` starts it',
    });
    expect((await get('wrong.yaml')).err).toContain('does not know this token; take the kubeconfig');
  });

  it('doctor lists what is there and what is missing, and changes nothing', async () => {
    const { code, out: said } = await skerry(['doctor', '--dir', 'state'], { folder });
    expect(code).toBe(EXIT.ok);
    expect(said).toMatch(/ok +Node +24\./);
    expect(said).toMatch(/nats-server/);
    expect(said).toMatch(/missing +state folder .* the next start makes it/);
    expect(said).toMatch(/missing +hub /);
    const answered = await run('doctor', '-o', 'json');
    expect(JSON.parse(answered.out)).toContainEqual(expect.objectContaining({ what: 'hub', verdict: 'ok' }));
    const broken = await skerry(['doctor'], {
      folder,
      environment: { SKERRY_NATIVE_NATS_SERVER: '/nowhere/nats-server' },
    });
    expect([broken.code, broken.out]).toEqual([
      EXIT.machine,
      expect.stringMatching(/wrong +nats-server .*\/nowhere\/nats-server/),
    ]);
  });

  it('up and store refuse what they cannot do with one message', async () => {
    expect((await skerry(['up', '--port', '99999'], { folder })).code).toBe(EXIT.usage);
    writeFileSync(join(folder, 'file'), '');
    expect(await skerry(['up', '--dir', 'file/state'], { folder })).toMatchObject({
      code: EXIT.machine,
      err: expect.stringMatching(
        /^skerry: cannot make the state folder .* \(ENOTDIR\) — choose a state folder that you may write$/,
      ),
    });
    expect(await skerry(['store', 'adopt-restored', '--dir', 'empty'], { folder })).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('holds no event store — give the state folder of the hub with --dir'),
    });
  });
});
