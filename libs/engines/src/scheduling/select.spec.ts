import type { ClusterFacts } from '@skerry/api/cluster/cluster';
import type { PlacementPolicySpec } from '@skerry/api/placement-policy/placement-policy';
import type { SchedulableObject } from './framework/filter.ts';
import { governingOrder, type Policy } from './govern.ts';
import { select } from './select.ts';

const object: SchedulableObject = {
  uid: 'u',
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  labels: { app: 'web' },
};
const cluster = (name: string, more: Partial<ClusterFacts> = {}): ClusterFacts => ({
  name,
  uid: name,
  region: 'north',
  zone: 'z1',
  provider: '',
  labels: {},
  taints: [],
  leaving: false,
  ...more,
});
const policy = (spec: Partial<PlacementPolicySpec> = {}, more: Partial<Policy> = {}): Policy => ({
  kind: 'PlacementPolicy',
  namespace: 'shop',
  name: 'p',
  uid: 'p',
  generation: 1,
  spec: { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }], ...spec },
  ...more,
});
const serves = { kinds: new Set(['apps/v1/Deployment']), complete: true };
const selectIn = (spec: Partial<PlacementPolicySpec>, clusters: ClusterFacts[], served = serves) =>
  select({ object, policy: policy(spec), clusters: clusters.map((facts) => ({ facts, served })) });

describe('which policy governs', () => {
  const order = (...policies: Policy[]) => governingOrder(object, policies).map(({ name }) => name);
  it('the higher priority, then the more exact selector, then the namespaced one, then the name', () => {
    const exact = policy(
      { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }] },
      { name: 'exact', uid: '2' },
    );
    const high = policy({ priority: 5, selects: [{ apiVersion: '*', kind: '*' }] }, { name: 'high', uid: '3' });
    const wide = policy({}, { name: 'a-wide', uid: '4', kind: 'ClusterPlacementPolicy', namespace: '' });
    expect(order(policy({}, { name: 'b' }), wide, policy({}, { name: 'a', uid: '5' }), exact, high)).toEqual([
      'high',
      'exact',
      'a',
      'b',
      'a-wide',
    ]);
  });

  it('none of another namespace, none whose selector does not match', () => {
    expect(
      order(policy({}, { namespace: 'other' }), policy({ selects: [{ apiVersion: 'v1', kind: 'Service' }] })),
    ).toEqual([]);
  });
});

describe('where an object can run', () => {
  it('in the clusters that the policy names, and says of each other one why not, a line a reason', () => {
    const outcome = selectIn({ clusters: { regions: ['north'] } }, [
      cluster('a'),
      cluster('b', { region: 'south' }),
      cluster('c', { region: 'west' }),
    ]);
    expect(outcome.fits.map((fit) => fit.cluster)).toEqual(['a']);
    expect(outcome.unfit).toEqual([{ reason: 'region is not one of north', clusters: ['b', 'c'] }]);
  });

  it('not where a NoExecute taint is not tolerated; nothing new where a NoSchedule one is not', () => {
    const tainted = [
      cluster('a', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoExecute' }] }),
      cluster('b', { taints: [{ key: 'full', effect: 'NoSchedule' }] }),
    ];
    const outcome = selectIn({}, tainted);
    expect(outcome.unfit).toEqual([{ reason: 'taint gpu=yes:NoExecute is not tolerated', clusters: ['a'] }]);
    expect(outcome.fits).toMatchObject([
      { cluster: 'b', mayGrow: false, noGrowthReason: 'taint full:NoSchedule is not tolerated' },
    ]);
    const tolerated = selectIn({ tolerations: [{ operator: 'Exists' }] }, tainted);
    expect(tolerated.fits.map((fit) => fit.mayGrow)).toEqual([true, true]);
  });

  it('nothing new where it is not known, or known that it is not, whether the kind is served: but what is there stays', () => {
    const unknown = select({ object, policy: policy(), clusters: [{ facts: cluster('a'), served: undefined }] });
    expect(unknown.fits).toMatchObject([{ mayGrow: false, noGrowthReason: 'has not reported which kinds it serves' }]);
    const without = { kinds: new Set<string>(), complete: true };
    expect(selectIn({}, [cluster('a')], without).fits).toMatchObject([
      { mayGrow: false, noGrowthReason: 'does not serve apps/v1 Deployment' },
    ]);
  });

  it('with the highest weight of the rules that match, and nowhere without one', () => {
    const weights = [
      { clusters: { names: ['a'] }, weight: 3 },
      { clusters: { regions: ['north'] }, weight: 2 },
    ];
    const outcome = selectIn({ division: { strategy: 'Weighted', weights } }, [
      cluster('a'),
      cluster('b'),
      cluster('c', { region: 'south' }),
    ]);
    expect(outcome.fits.map(({ cluster: name, weight }) => [name, weight])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect(outcome.unfit).toEqual([{ reason: 'no weight rule of the policy matches', clusters: ['c'] }]);
  });

  it('in an order of its own, whatever the order of the clusters', () => {
    const clusters = ['c', 'a', 'b'].map((name) => cluster(name));
    expect(selectIn({}, clusters)).toEqual(selectIn({}, [...clusters].reverse()));
  });

  it('a StatefulSet is not divided yet, and says what to do', () => {
    const stateful = { ...object, kind: 'StatefulSet' };
    const outcome = select({
      object: stateful,
      policy: policy({ division: { strategy: 'Weighted' } }),
      clusters: [{ facts: cluster('a'), served: serves }],
    });
    expect(outcome.refusal).toContain('spec.division.strategy is Duplicated');
  });
});
