import { describe, expect, it } from '@jest/globals';
import { topText } from './top-text.ts';
import { age } from './age.ts';
import { describeText } from './describe-text.ts';
import { eventLine, readEvents } from './events.ts';
import { format, parseFormat } from './format.ts';
import { tableRows } from './kube-table.ts';
import { revisionLines, revisionSummary } from './revisions.ts';
import { nearest } from './suggest.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('an age', () => {
  it.each([
    ['2026-03-01T12:00:05Z', '0s'], // a clock that runs behind the hub's
    ['2026-03-01T11:58:01Z', '119s'],
    ['2026-03-01T11:58:00Z', '2m'],
    ['2026-03-01T10:00:00Z', '2h'],
    ['2026-02-20T12:00:00Z', '9d'],
    [undefined, ''],
  ])('of %s is %s', (from, text) => expect(age(from, NOW)).toBe(text));
});

describe('a suggestion', () => {
  const names = ['deployment', 'deployments', 'deploy', 'daemonset', 'cm'];
  it('is the nearest name, if one is near', () => {
    expect(nearest('deploymnets', names)).toBe('deployments');
    expect(nearest('depoly', names)).toBe('deploy');
    expect(nearest('mc', names)).toBe('cm');
  });
  it('is none for a word that is like nothing', () => expect(nearest('wonderful', names)).toBeUndefined());
});

describe('a table', () => {
  const table = {
    kind: 'Table',
    columnDefinitions: [{ name: 'Name' }, { name: 'Ready', priority: 0 }, { name: 'Image', priority: 1 }],
    rows: [{ cells: ['web', null, 'web:1'], object: { metadata: { name: 'web', namespace: 'shop' } } }],
  };
  it('leaves out what the server ranks behind, and shows a missing value as such', () => {
    expect(tableRows([table], { wide: false, withNamespace: false })).toEqual([
      ['NAME', 'READY'],
      ['web', '<none>'],
    ]);
  });
  it('shows everything when it may be wide, and the namespace when there are several', () => {
    expect(tableRows([table], { wide: true, withNamespace: true })).toEqual([
      ['NAMESPACE', 'NAME', 'READY', 'IMAGE'],
      ['shop', 'web', '<none>', 'web:1'],
    ]);
  });
  it('of several answers has one heading', () => {
    expect(
      tableRows([{ kind: 'Table', rows: null }, table, table], { wide: false, withNamespace: false }),
    ).toHaveLength(3);
  });
  it('without rows is a sentence; for programs it is an empty list', () => {
    const shown = { rows: [['A']], value: [], names: [], none: 'nothing there' };
    expect([format(shown, 'table'), format(shown, 'json'), format(shown, 'yaml'), format(shown, 'name')]).toEqual([
      'nothing there',
      '[]',
      '[]',
      '',
    ]);
  });
  it('in an unknown format is refused with those that are known', () => {
    expect(() => parseFormat('csv')).toThrow('-o csv: allowed are table, wide, json, yaml, name');
  });
});

describe('an event in one line', () => {
  const event = {
    position: 7,
    type: 'PlacementDecided',
    stream: 's',
    version: 1,
    namespace: 'shop',
    uid: 'u',
    cluster: '',
    author: 'service:replicas',
    at: '2026-03-01T12:00:00.123Z',
    data: {
      ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      hasReplicas: true,
      clusters: [
        { cluster: 'a', target: 2, told: 4 },
        { cluster: 'b', target: 3, told: 3 },
      ],
    },
  };
  it('names the object, the decision, and a target that is not reached yet', () => {
    expect(eventLine(event)).toBe(
      '      7  12:00:00.123  PlacementDecided    Deployment shop/web: a 4 (target 2), b 3  (service:replicas)',
    );
  });
  it('names the cluster that it is about, and a state without its prefix', () => {
    const data = { ref: event.data.ref, state: 'OBSERVED_STATE_NOT_OURS', message: 'exists there' };
    expect(eventLine({ ...event, type: 'ObjectObserved', cluster: 'a', data })).toContain(
      'web in a: not ours, exists there',
    );
  });
  it('of a type that is not known yet is shown all the same', () => {
    expect(eventLine({ ...event, type: 'ShipSunk', data: {} })).toContain('ShipSunk            u');
  });
  it('is read out of a stream with comments and ids', async () => {
    const lines = async function* () {
      yield* [': keep-alive', '', 'id: 7', 'event: X', 'data: {"position":7}', ''];
    };
    const seen = [];
    for await (const one of readEvents(lines())) seen.push(one);
    expect(seen).toEqual([{ position: 7 }]);
  });
});

describe('a revision', () => {
  const base = { revision: 2, at: '2026-03-01T12:00:00Z', author: 'user:eve', manager: 'kubectl', operation: 'apply' };
  it('names the first fields that changed, and how many more', () => {
    const difference = ['a', 'b', 'c'].map((path) => ({ path, before: 1, after: 2 }));
    expect(revisionSummary({ ...base, difference })).toBe('a: 1 → 2, b: 1 → 2 (+1 more)');
  });
  it('tells added from removed, and cuts what is long', () => {
    expect(revisionSummary({ ...base, difference: [{ path: 'a', after: 'x'.repeat(80) }] })).toBe(
      `a: + ${'x'.repeat(59)}…`,
    );
    expect(revisionSummary({ ...base, difference: [{ path: 'a', before: [1] }] })).toBe('a: - [1]');
  });
  it('leaves out the status that was written along', () => {
    const difference = [
      { path: 'spec.replicas', before: 6, after: 8 },
      { path: 'status.replicas', before: 5, after: 6 },
    ];
    expect(revisionSummary({ ...base, difference })).toBe('spec.replicas: 6 → 8');
  });
  it('of a Secret says only that it changed', () => {
    expect(revisionSummary({ ...base, difference: 'changed' })).toBe('changed');
    expect(revisionLines({ ...base, difference: 'changed' })).toBe(
      '2  2026-03-01T12:00:00Z  apply by user:eve as kubectl\n    changed',
    );
  });
});

describe('describe', () => {
  const line = { cluster: 'a', target: 2, told: 4, ready: 4, state: 'Applied', waitsFor: '2 more ready elsewhere' };
  const placement = {
    policy: { kind: 'PlacementPolicy', namespace: 'shop', name: 'web' },
    outranked: [{ kind: 'ClusterPlacementPolicy', namespace: '', name: 'all' }],
    ungoverned: true,
    strategy: 'Weighted',
    wanted: 6,
    clusters: [
      line,
      {
        cluster: 'b',
        state: 'Refused',
        reason: 'Invalid',
        field: 'spec.x',
        message: 'must be 1',
        withdrawal: { cause: 'move' },
        repairs: [{ action: 'reverted', fields: ['.data.a'], manager: 'eve', at: '2026-03-01T11:00:00.000Z' }],
      },
    ],
    unfit: [{ reason: 'tainted', clusters: ['c', 'd'] }],
    shortfall: [{ replicas: 2, cluster: '', reason: 'no room' }],
    conditions: [],
  };
  const object = {
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-03-01T11:00:00Z', generation: 3 },
    spec: { replicas: 6 },
    status: { conditions: [{ type: 'Available', status: 'False', reason: 'NotEnough', message: '4 of 6' }] },
  };
  const rest = {
    history: [],
    parked: [{ service: 'rollout', reason: 'JSON patch replace /data/x: x does not exist' }],
    withdrawals: [],
  };
  const text = describeText({ ...rest, object, placement }, { title: 'deployment.apps/web', now: NOW });

  it.each([
    ['the policy, and those that lost', 'PlacementPolicy shop/web (Weighted)\n  outranks ClusterPlacementPolicy all'],
    ['that the policy is gone', 'the policy is gone; its last revision goes on governing'],
    ['what a cluster waits for', 'a        2       4     4      Applied         2 more ready elsewhere'],
    ['that a cluster is being left, and why', 'b        -       -     -      leaving (move)'],
    ['what a cluster refuses, by field', 'b: Invalid: field spec.x: must be 1'],
    ['where it cannot run, and why', 'Cannot run in:\n  c, d: tainted'],
    ['what is missing, and why', 'Shortfall:\n  2 replicas: no room'],
    ['what was repaired', '2026-03-01T11:00:00.000Z  b: reverted .data.a against eve'],
    [
      'a decision that failed for good',
      'Parked:\n  rollout: JSON patch replace /data/x: x does not exist; the last state',
    ],
    ['its conditions', 'Available  False   NotEnough  4 of 6'],
  ])('shows %s', (_what, part) => expect(text).toContain(part));

  it('of a kind without a count counts copies', () => {
    const one = { ...placement, wanted: undefined, shortfall: [{ replicas: 1, cluster: 'west', reason: 'tainted' }] };
    const said = describeText({ ...rest, object, placement: one }, { title: 'x', now: NOW });
    expect(said).toContain('Shortfall:\n  1 copy in west: tainted');
  });

  it('says so when no policy selects the object', () => {
    const bare = { ...placement, policy: undefined, clusters: [], unfit: [], shortfall: [], ungoverned: false };
    const said = describeText({ ...rest, object, placement: bare }, { title: 'x', now: NOW });
    expect(said).toContain('none: no policy selects it');
  });

  it('of a cluster shows its verdict, place, taints and what it was told to remove instead of a placement', () => {
    const cluster = {
      kind: 'Cluster',
      metadata: { name: 'north', creationTimestamp: '2026-03-01T11:00:00Z' },
      spec: { region: 'north', taints: [{ key: 'disk', value: 'slow', effect: 'NoSchedule' }] },
      status: { verdict: 'Ready', nodes: 3, nodesReady: 2, kubernetesVersion: 'v1.36.3' },
    };
    const withdrawals = [
      { message: 'waits for: skerry confirm' },
      { message: '' },
      { message: 'waits for: skerry confirm' },
    ];
    const said = describeText(
      { ...rest, object: cluster, placement, withdrawals },
      { title: 'cluster/north', now: NOW },
    );
    expect(said).toContain(
      'Ready, 2 of 3 nodes ready, Kubernetes v1.36.3\n  region north\n  taints disk=slow:NoSchedule',
    );
    expect(said).toContain('2 objects: waits for: skerry confirm\n  1 object: not confirmed yet');
    expect(said).not.toContain('Policy');
  });
});

describe('what flows and what piles up', () => {
  const stage = { process: 'hub', holder: 'h', doesPerSecond: 0, backlog: 0, waiting: 0, parked: 0, notes: [] };
  const top = {
    position: 41,
    clusters: { Ready: 2, Silent: 1 },
    processes: [{ process: 'hub', unhealthy: ['relay: bus-ahead'], unready: ['still folds to the head'] }],
    stages: [
      { ...stage, stage: 'gateway', doesPerSecond: 12.34, lagPositions: 0, notes: ['3 watches'] },
      { ...stage, stage: 'replicas', leads: true, doesPerSecond: 0.26, foldsPerSecond: 1_234.5, lagPositions: 7 },
      { ...stage, stage: 'syncer-north', leads: false, lagSeconds: 1.26, backlog: 5, waiting: 6, parked: 7 },
    ],
  };
  it('is a line, a table, and what is wrong', () => {
    expect(topText(top).split('\n')).toEqual([
      'position 41, processes 1, clusters 2 Ready, 1 Silent',
      '',
      'STAGE         STATE      DOES/S  FOLDS/S  LAG  BEHIND  BACKLOG  WAITING  PARKED  NOTES',
      'gateway       runs       12      -        0    -       0        0        0       3 watches',
      'replicas      leads      0.3     1235     7    -       0        0        0',
      'syncer-north  stands by  0       -        -    1.3s    5        6        7',
      '',
      'hub is unhealthy: relay: bus-ahead',
      'hub is not ready: still folds to the head',
    ]);
  });
});
