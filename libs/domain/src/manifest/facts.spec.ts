import { create } from '@skerry/contract/message';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { isPlaceable } from './facts.ts';

const ref = (more: object) => create(ObjectRefSchema, { version: 'v1', uid: 'u', name: 'x', ...more });

describe('no policy can place', () => {
  it.each([
    ['a kind of its own', { group: 'skerry.dev', kind: 'Cluster' }],
    ["a member's credentials", { kind: 'Secret', namespace: 'skerry-system', name: 'cluster-north' }],
    ['the namespace that they are in', { kind: 'Namespace', name: 'skerry-system' }],
  ])('%s', (_what, of) => expect(isPlaceable(ref(of))).toBe(false));

  it('but anything else', () => {
    expect(isPlaceable(ref({ kind: 'Secret', namespace: 'shop' }))).toBe(true);
    expect(isPlaceable(ref({ kind: 'Namespace', name: 'shop' }))).toBe(true);
  });
});
