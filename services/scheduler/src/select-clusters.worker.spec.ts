import { create } from '@skerry/contract/message';
import { ClusterPortrayedSchema } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';
import { decodeEvent } from '@skerry/domain/codec';
import { SchedulingState } from './scheduling-state.ts';
import { selectClusters } from './select-clusters.worker.ts';

let state: SchedulingState;

const store = (
  kind: string,
  name: string,
  { spec = {}, generation = 1 }: { spec?: object; generation?: number } = {},
) => {
  const ref = {
    ...{ group: ['ConfigMap', 'Secret'].includes(kind) ? '' : 'skerry.dev', version: 'v1', kind, name, uid: name },
    ...{ resource: `${kind.toLowerCase()}s`, namespace: kind === 'Cluster' ? '' : 'shop' },
  };
  const value = Buffer.from(JSON.stringify({ metadata: { name, uid: name, generation }, spec }));
  const body = { at: { case: 'inline', value } } as const;
  const data = create(ManifestStoredSchema, { ref, generation: BigInt(generation), body });
  state.fold({ event: { type: 'ManifestStored', data }, row: { uid: name, version: generation } as never });
};

const policy = (generation: number, clusters: object): void =>
  store('PlacementPolicy', 'p', { spec: { selects: [{ apiVersion: '*', kind: '*' }], clusters }, generation });

const portray = (cluster: string, kinds: readonly string[]): void => {
  const data = create(ClusterPortrayedSchema, {
    cluster,
    kinds: kinds.map((kind) => `v1/${kind}`),
    kindsComplete: true,
  });
  state.fold({ event: { type: 'ClusterPortrayed', data }, row: { uid: cluster, version: 1 } as never });
};

const selectionOf = (uid: string): SelectionDecided => {
  const [event] = selectClusters(state, uid)!.events;
  return decodeEvent(event!).data as SelectionDecided;
};
const fitsOf = (uid: string): [string, boolean][] =>
  selectionOf(uid).fits.map(({ cluster, mayGrow }) => [cluster, mayGrow]);

beforeEach(() => {
  state = new SchedulingState();
  for (const name of ['north', 'south']) {
    store('Cluster', name);
    portray(name, ['ConfigMap']);
  }
  for (const name of ['a', 'b']) store('ConfigMap', name);
  store('Secret', 's');
  policy(1, {});
});

describe('the clusters that can run an object', () => {
  it('are found once for all objects of a kind under a policy, and apart for another kind', () => {
    const everywhere = [
      ['north', true],
      ['south', true],
    ];
    expect([fitsOf('a'), fitsOf('b')]).toEqual([everywhere, everywhere]);
    expect(selectionOf('a').fits[0]).toBe(selectionOf('b').fits[0]);
    expect(fitsOf('s')).toEqual([
      ['north', false],
      ['south', false],
    ]);
  });

  it('are found anew when the policy is edited', () => {
    fitsOf('a');
    policy(2, { names: ['south'] });
    expect([fitsOf('a'), fitsOf('b')]).toEqual([[['south', true]], [['south', true]]]);
  });

  it('are found anew when a cluster is tainted', () => {
    fitsOf('a');
    store('Cluster', 'north', { spec: { taints: [{ key: 'old', effect: 'NoExecute' }] }, generation: 2 });
    expect([fitsOf('a'), selectionOf('a').unfit.map(({ clusters }) => clusters)]).toEqual([
      [['south', true]],
      [['north']],
    ]);
  });

  it('are found anew when a cluster is removed', () => {
    fitsOf('a');
    const ref = {
      group: 'skerry.dev',
      version: 'v1',
      kind: 'Cluster',
      resource: 'clusters',
      name: 'north',
      uid: 'north',
    };
    const data = create(ManifestDeletedSchema, { ref });
    state.fold({ event: { type: 'ManifestDeleted', data }, row: { uid: 'north', version: 2 } as never });
    expect(fitsOf('a')).toEqual([['south', true]]);
  });

  it('are found apart for each policy', () => {
    fitsOf('a');
    const spec = { selects: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'b' }], clusters: { names: ['north'] } };
    store('PlacementPolicy', 'q', { spec });
    expect([fitsOf('b'), fitsOf('a')]).toEqual([
      [['north', true]],
      [
        ['north', true],
        ['south', true],
      ],
    ]);
  });

  it('are found anew when a cluster serves another kind', () => {
    fitsOf('s');
    portray('south', ['ConfigMap', 'Secret']);
    expect(fitsOf('s')).toEqual([
      ['north', false],
      ['south', true],
    ]);
  });
});
