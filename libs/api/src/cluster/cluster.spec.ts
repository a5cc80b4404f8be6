import { validateCluster } from './cluster.ts';

const problems = (access: object) =>
  validateCluster({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'north' },
    spec: { access },
  }).map(({ field }) => field);

describe('the credentials of a member', () => {
  it('are in the namespace from which nothing is placed, so that no other member gets them', () => {
    const name = 'cluster-north';
    expect(problems({ mode: 'Push', secretRef: { namespace: 'skerry-system', name } })).toEqual([]);
    expect(problems({ mode: 'Push', secretRef: { namespace: 'shop', name } })).toEqual([
      'spec.access.secretRef.namespace',
    ]);
  });

  it('are named when a syncer is to use them', () => {
    expect(problems({ mode: 'Push' })).toEqual(['spec.access.secretRef.name']);
  });
});
