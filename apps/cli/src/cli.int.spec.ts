import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  eventually,
  type MemberEnd,
  type MemoryHub,
  startMemoryHub,
} from '@skerry/all-in-one/hub/memory-hub.spec-support';
import { begin, recordingWorld, type Said, skerry } from './cli.spec-support.ts';
import { EXIT } from './exit-codes.ts';
import { run as runHere } from './run.ts';

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 6
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'shop/web:1.0' }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: green }
---
apiVersion: skerry.dev/v1alpha1
kind: PlacementPolicy
metadata: { name: everything }
spec:
  selects: [{ apiVersion: '*', kind: '*' }]
  division: { strategy: Weighted }
`;

jest.setTimeout(30_000); // each command is a process of its own

let hub: MemoryHub;
let member: MemberEnd;
let folder: string;
const run = (...args: string[]): Promise<Said> => skerry(args, { kubeconfig: hub.kubeconfigPath, folder });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
/** Runs it, and expects that it ends well. */
const out = async (...args: string[]): Promise<string> => {
  const said = await run(...args);
  expect([said.code, said.err]).toEqual([EXIT.ok, '']);
  return said.out;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-cli-'));
  hub = await startMemoryHub();
  await hub.join('north', { region: 'north' });
  member = await hub.join('south', { region: 'south' });
  file('app.yaml', MANIFESTS);
  expect((await run('apply', '-f', 'app.yaml')).code).toBe(EXIT.ok);
  await eventually('placed in south', () => member.get('/apis/apps/v1/namespaces/default/deployments/web'));
}, 30_000);
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('skerry apply', () => {
  it('says of every object what became of it', async () => {
    file('more.yaml', MANIFESTS.replace('green', 'blue').replace('name: settings', 'name: settings-2'));
    expect(await out('apply', '-f', 'more.yaml')).toBe(
      'deployment.apps/web unchanged\nconfigmap/settings-2 created\nplacementpolicy.skerry.dev/everything unchanged',
    );
    file('more.yaml', MANIFESTS.replace('green', 'red').replace('name: settings', 'name: settings-2'));
    expect(await out('apply', '-f', 'more.yaml')).toContain('configmap/settings-2 configured');
  });

  it('reports each refused object by file, document, line, object and field, and applies the others', async () => {
    file(
      'mixed.yaml',
      `apiVersion: v1
kind: ConfigMap
metadata: { name: first }
---
apiVersion: skerry.dev/v1alpha1
kind: PlacementPolicy
metadata: { name: bad }
spec: { selects: [{ apiVersion: v1, kind: ConfigMap }], division: { strategy: Sideways } }
---
kind: ConfigMap
metadata: { name: nameless }
---
apiVersion: example.dev/v1
kind: Wonder
metadata: { name: unknown }
---
a: [
---
apiVersion: v1
kind: ConfigMap
metadata: { name: last }
`,
    );
    const { code, out: said, err } = await run('apply', '-f', 'mixed.yaml');
    expect(code).toBe(EXIT.partly);
    expect(said).toBe('configmap/first created\nconfigmap/last created');
    expect(err).toContain('mixed.yaml: document 2, line 5: placementpolicy.skerry.dev/bad refused: ');
    expect(err).toMatch(/\n {4}spec\.division\.strategy: .*Sideways/);
    expect(err).toContain(
      'mixed.yaml: document 3, line 10: ConfigMap nameless refused: it is no whole object\n    apiVersion: required',
    );
    expect(err).toContain(
      'document 4, line 13: Wonder unknown refused: the hub does not serve Wonder of example.dev/v1',
    );
    expect(err).toMatch(/document 5, line 1\d: object refused: no YAML: /);
    expect(err).toContain('4 of 6 objects refused');
  });

  it('applies objects of a kind that a definition in the same file makes, wherever it stands', async () => {
    file(
      'kind.yaml',
      `apiVersion: example.dev/v1
kind: Boat
metadata: { name: dinghy }
spec: { oars: 2 }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.example.dev }
spec:
  group: example.dev
  scope: Namespaced
  names: { plural: boats, singular: boat, kind: Boat, listKind: BoatList, shortNames: [bt] }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`,
    );
    expect(await out('apply', '-f', 'kind.yaml')).toContain('boat.example.dev/dinghy created');
    expect(await out('get', 'bt', '-o', 'name')).toBe('boat.example.dev/dinghy');
  });

  it('reads standard input and folders, and answers programs in JSON', async () => {
    const { out: said, code } = await skerry(['apply', '-f', '-', '-n', 'default', '-o', 'json'], {
      kubeconfig: hub.kubeconfigPath,
      input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"piped"}}',
    });
    expect([code, JSON.parse(said).results]).toEqual([
      EXIT.ok,
      [
        {
          file: 'standard input',
          document: 1,
          line: 1,
          object: 'configmap/piped',
          namespace: 'default',
          outcome: 'created',
          status: 201,
          message: '',
          fields: [],
        },
      ],
    ]);
    mkdirSync(join(folder, 'tree'));
    file('tree/b.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\n');
    file('tree/a.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}');
    file('tree/readme.md', 'not a manifest');
    expect(await out('apply', '-f', 'tree', '-o', 'name')).toBe('configmap/a\nconfigmap/b');
  });

  it('stores nothing in a dry run', async () => {
    file('dry.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: dry }\n');
    expect(await out('apply', '-f', 'dry.yaml', '--dry-run')).toBe('configmap/dry created (dry run)');
    expect((await run('get', 'cm', 'dry')).err).toMatch(/configmaps "dry" not found/);
  });

  it('overwrites what somebody else wrote only when told to', async () => {
    file('own.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: own }\ndata: { a: mine }\n');
    await hub.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'own', namespace: 'default' },
      data: { a: 'theirs' },
    } as never);
    const refused = await run('apply', '-f', 'own.yaml');
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.err).toMatch(
      /own refused: Apply failed with 1 conflict\n {4}\.data\.a: conflict with "test".*\n {4}\(--force-conflicts takes these fields over\)/,
    );
    expect(await out('apply', '-f', 'own.yaml', '--force-conflicts')).toBe('configmap/own configured');
  });

  it('without a file, with one that is not there, or with none to apply is wrong usage', async () => {
    expect((await run('apply')).code).toBe(EXIT.usage);
    expect(await run('apply', '-f', 'nowhere.yaml')).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('there is no such file'),
    });
    file('empty.yaml', '# nothing\n');
    expect((await run('apply', '-f', 'empty.yaml')).err).toBe('skerry: no object in empty.yaml');
  });
});

describe('skerry get', () => {
  it('takes plural, singular, short name, kind and type/name', async () => {
    for (const words of [
      ['deployments'],
      ['deployment'],
      ['deploy'],
      ['Deployment', 'web'],
      ['deployments.apps'],
      ['deploy/web'],
    ]) {
      expect(await out('get', ...words, '-o', 'name')).toBe('deployment.apps/web');
    }
  });

  it('prints a table for people, wider and over all namespaces on request', async () => {
    expect((await out('get', 'deploy')).split('\n')[0]).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/);
    expect((await out('get', 'deploy', '-o', 'wide')).split('\n')[0]).toMatch(/AGE +CONTAINERS +IMAGES +SELECTOR$/);
    expect(await out('get', 'deploy', '-A', '-l', 'app=web')).toMatch(/^NAMESPACE +NAME[^]*\ndefault +web /);
    expect(await out('get', 'deploy', '-n', 'elsewhere')).toBe(
      'no deployments in namespace elsewhere (-A shows all namespaces)',
    );
  });

  it('gives programs the object, and several as a list', async () => {
    expect(JSON.parse(await out('get', 'cm', 'settings', '-o', 'json'))).toMatchObject({
      kind: 'ConfigMap',
      data: { colour: 'green' },
    });
    expect(await out('get', 'cm', 'settings', '-o', 'yaml')).toContain('\n  colour: green');
    expect(JSON.parse(await out('get', 'cm/settings', 'cm/first', '-o', 'json')).items).toHaveLength(2);
  });

  it('refuses what is not there, and suggests what was meant', async () => {
    expect(await run('get', 'deploy', 'nothing')).toMatchObject({
      code: EXIT.refused,
      err: 'skerry: deployments.apps "nothing" not found',
    });
    expect((await run('get', 'deploymnet')).err).toBe(
      'skerry: the hub serves no resource "deploymnet"; did you mean "deployment"?',
    );
    expect((await run('get', 'cm', 'a', '-l', 'x=y')).code).toBe(EXIT.usage);
    expect((await run('get', 'cm', '-o', 'csv')).err).toContain('table, wide, json, yaml, name');
    expect((await run('gte', 'cm')).err).toContain('Did you mean get?');
  });
});

describe('skerry describe, scale and history', () => {
  it('scale changes the number and says from what; describe shows where it is, and history who did it', async () => {
    expect(await out('scale', 'deploy/web', '--replicas', '8')).toBe('deployment.apps/web scaled from 6 to 8');
    const text = await eventually('told 4 each', async () => {
      const said = await out('describe', 'deployment', 'web');
      return /north +4 +4/.test(said) && said;
    });
    expect(text).toMatch(/^Object: +deployment\.apps\/web in namespace default\n/);
    expect(text).toContain('Policy:\n  PlacementPolicy default/everything (Weighted)');
    expect(text).toMatch(/CLUSTER +TARGET +TOLD +READY +STATE +WAITS FOR/);
    expect(text).toMatch(/skerry\.dev\/Placed +True/);
    expect(text).toMatch(/2 +\S+Z +user:admin +spec\.replicas: 6 → 8/);
    expect(await out('history', 'deploy', 'web')).toMatch(
      /1 +\S+Z +user:admin +skerry +apply +created\n2 .* spec\.replicas: 6 → 8/,
    );
    expect(await out('history', 'deploy', 'web', '-o', 'wide')).toContain('    spec.replicas: 6 → 8');
    expect(JSON.parse(await out('describe', 'deploy', 'web', '-o', 'json'))).toMatchObject({
      object: { kind: 'Deployment' },
      placement: {
        clusters: [
          { cluster: 'north', told: 4 },
          { cluster: 'south', told: 4 },
        ],
      },
    });
  });

  it('refuse what is not there, has no replicas, or is no number', async () => {
    expect((await run('describe', 'deploy', 'nothing')).code).toBe(EXIT.refused);
    expect((await run('history', 'deploy', 'nothing')).err).toBe(
      'skerry: history deployment.apps/nothing: deployments nothing was never stored',
    );
    expect((await run('scale', 'cm', 'settings', '--replicas', '2')).code).toBe(EXIT.refused);
    expect((await run('scale', 'deploy', 'web', '--replicas', 'many')).code).toBe(EXIT.usage);
    expect((await run('scale', 'deploy', 'web')).err).toContain("required option '--replicas <number>'");
  });
});

describe('skerry withdraw', () => {
  it('takes an object out of its clusters and keeps it at the hub, until it is undone', async () => {
    const path = '/api/v1/namespaces/default/configmaps/settings';
    await eventually('it is there', () => member.get(path));
    expect(await out('withdraw', 'cm', 'settings')).toMatch(/^configmap\/settings is withdrawn;/);
    expect(await out('withdraw', 'cm', 'settings')).toBe('configmap/settings is withdrawn already');
    await eventually('it is gone', async () => (await member.get(path)) === undefined);
    expect(await out('withdraw', 'cm', 'settings', '--undo')).toBe('configmap/settings is placed again');
    await eventually('it is back', () => member.get(path));
  });
});

describe('skerry events', () => {
  it('shows what happened in order, and only what is asked for', async () => {
    const lines = (await out('events', '--category', 'placement', '-n', 'default')).split('\n');
    expect(lines.some((line) => /PlacementDecided +Deployment default\/web: north 3, south 3/.test(line))).toBe(true);
    const all = (await out('events', '-o', 'json')).split('\n').map((line) => JSON.parse(line));
    expect(all.map(({ position }) => position)).toEqual([...all].map(({ position }) => position).sort((a, b) => a - b));
    const from = all.at(-2).position as number;
    const rest = (await out('events', '--from', String(from), '-o', 'json'))
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rest[0].position).toBe(from + 1);
    expect(await run('events', '--category', 'gossip')).toMatchObject({
      code: EXIT.refused,
      err: expect.stringContaining('category=gossip: allowed: '),
    });
    expect((await run('events', '--from', 'now')).code).toBe(EXIT.usage);
  });
});

describe('what goes on until Ctrl-C', () => {
  const beginOn = (...args: string[]) => begin(args, { kubeconfig: hub.kubeconfigPath, folder });

  it('get -w prints what is there, then each change, and ends well', async () => {
    const watching = beginOn('get', 'cm', '-w', '-o', 'name');
    await eventually('what is there', async () => watching.out().includes('configmap/settings\n'));
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'watched', namespace: 'default' } };
    await hub.apply(object);
    await eventually('the new one', async () => watching.out().includes('configmap/watched\n'));
    watching.interrupt();
    expect(await watching.ended).toMatchObject({ code: EXIT.ok, err: '' });
  });

  it('get -w as a table says what was deleted', async () => {
    const watching = beginOn('get', 'cm', 'watched', '-w');
    await eventually('what is there', async () => /^NAME +DATA +AGE\nwatched /.test(watching.out()));
    await out('delete', 'cm', 'watched');
    await eventually('its end', async () => /\nwatched .*\(deleted\)/.test(watching.out()));
    watching.interrupt();
    expect((await watching.ended).code).toBe(EXIT.ok);
  });

  it('events --follow shows the past and goes on, nothing twice', async () => {
    const following = beginOn('events', '--follow', '--category', 'manifest', '-o', 'json');
    await eventually('the past', async () => following.out().includes('settings'));
    await out('apply', '-f', 'app.yaml', '--force-conflicts');
    await eventually('the present', async () => following.out().includes('piped'));
    following.interrupt();
    const { code, out: said } = await following.ended;
    const positions = said.split('\n').map((line) => JSON.parse(line).position as number);
    expect([code, new Set(positions).size]).toEqual([EXIT.ok, positions.length]);
  });

  it('top shows the stages again and again', async () => {
    const showing = beginOn('top');
    await eventually('two looks', async () => showing.out().match(/^STAGE /gm)?.length === 2);
    showing.interrupt();
    expect(await showing.ended).toMatchObject({ code: EXIT.ok, err: '' });
  });
});

describe('skerry top', () => {
  it('shows every stage of the flow with what it does and what waits, for people and for programs', async () => {
    const lines = (await out('top', '--once')).split('\n');
    expect(lines[0]).toMatch(/^position \d+, processes 1, clusters 2 Ready$/);
    const stages = ['gateway', 'relay', 'clusters', 'scheduler', 'replicas', 'rollout', 'syncer-north', 'syncer-south'];
    expect(lines.slice(3).map((line) => line.split(' ')[0])).toEqual(stages);
    const { stages: told } = JSON.parse(await out('top', '--once', '-o', 'json'));
    const replicas = told.find(({ stage }: { stage: string }) => stage === 'replicas');
    expect(replicas).toMatchObject({ leads: true, backlog: 0, parked: 0, lagPositions: 0 });
    expect(replicas.lagSeconds).toBeLessThan(2);
  });

  it('is drawn over itself on a terminal, until it is stopped', async () => {
    const stop = new AbortController();
    const environment = { SKERRY_KUBECONFIG: hub.kubeconfigPath };
    const { world, out: drawn } = recordingWorld({ isTerminal: true, stop: stop.signal, environment });
    const ended = runHere(['top'], world);
    await eventually('two looks', async () => drawn.length >= 2);
    stop.abort();
    const up = `\u001B[${drawn[0]!.split('\n').length}F\u001B[J`; // as many lines as were drawn, and all below gone
    expect([await ended, drawn[1]!.startsWith(up)]).toEqual([EXIT.ok, true]);
  });

  it('says that there is no hub when there is none', async () => {
    const away = { server: 'https://127.0.0.1:1' };
    file('away.yaml', readFileSync(hub.kubeconfigPath, 'utf8').replace(/server: .*/, `server: ${away.server}`));
    const said = await run('top', '--once', '--kubeconfig', 'away.yaml');
    expect(said.code).toBe(EXIT.unreachable);
    expect(said.err).toBe(
      'skerry: the hub at https://127.0.0.1:1 cannot be reached (ECONNREFUSED): is it running? `npm start` starts it',
    );
  });
});
