import { ClusterPortrayedSchema } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { create, toBinary } from '@skerry/contract/message';
import { fitPortrait, servedKinds } from './served-kinds.ts';

const LIMIT = 64 * 1_024;
const BUILT_IN = ['v1/ConfigMap', 'apps/v1/Deployment', 'networking.k8s.io/v1/Ingress'];
const custom = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `group${index % 80}.some-vendor.example.com/v1beta1/ProviderResource${index}`,
  );
const portrait = (kinds: readonly string[]) =>
  create(ClusterPortrayedSchema, { cluster: 'a', nodes: 3, kinds: [...kinds], kindsComplete: true });
const bytesOf = (one: ReturnType<typeof portrait>): number => toBinary(ClusterPortrayedSchema, one).byteLength;

describe('the portrait of a cluster', () => {
  it('writes its kinds out while they fit into an event', () => {
    const small = portrait(BUILT_IN);
    expect(fitPortrait(small, LIMIT)).toEqual(small);
  });

  it('with 2,000 kinds more fits into an event and names each of them', () => {
    const kinds = [...custom(2_000), ...BUILT_IN];
    expect(bytesOf(portrait(kinds))).toBeGreaterThan(LIMIT);
    const fitted = fitPortrait(portrait(kinds), LIMIT);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(LIMIT);
    expect(fitted).toMatchObject({ nodes: 3, kindsComplete: true });
    expect(servedKinds(fitted).sort()).toEqual([...kinds].sort());
  });

  it('with more than any event takes keeps what every cluster has, and does not call the rest absent', () => {
    const fitted = fitPortrait(portrait([...custom(20_000), ...BUILT_IN]), LIMIT);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(LIMIT);
    expect(bytesOf(fitted)).toBeGreaterThan(LIMIT * 0.8);
    expect(fitted.kindsComplete).toBe(false);
    expect(servedKinds(fitted)).toEqual(expect.arrayContaining(BUILT_IN));
  });

  it('that was fitted is fitted again to the same', () => {
    const fitted = fitPortrait(portrait(custom(2_000)), LIMIT);
    expect(fitPortrait(fitted, LIMIT)).toEqual(fitted);
  });
});
