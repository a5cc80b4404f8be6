import { validateCluster } from './cluster.ts';

const problemsOf = (spec: Readonly<Record<string, unknown>>) =>
  validateCluster({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'north' },
    spec,
  }).map(({ field }) => field);
const problems = (access: object) => problemsOf({ access });

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

describe('confirmations', () => {
  const problemsAt = (...times: string[]) =>
    problemsOf({ confirmations: times.map((at) => ({ what: 'withdrawals', at })) });

  it('say when in a way that is one moment everywhere', () => {
    expect(problemsAt('2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123+02:00')).toEqual([]);
    expect(
      problemsAt('2026-01-31T12:00:00Z', '2026-01-31', 'Jan 31 2026', '2026-01-31T12:00:00', '2026-13-31T12:00:00Z'),
    ).toEqual([1, 2, 3, 4].map((index) => `spec.confirmations[${index}].at`));
  });

  it('of an earlier version do not keep a cluster from being edited', () => {
    expect(problemsOf({ confirmations: [{ what: 'restore', at: '2026-01-31T12:00:00Z' }] })).toEqual([]);
  });
});
