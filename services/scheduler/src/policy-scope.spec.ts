import { create } from '@skerry/contract/message';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { SchedulingState } from './scheduling-state.ts';

const refOf = (kind: string, namespace: string, uid: string) => ({
  group: kind.endsWith('Policy') ? 'skerry.dev' : '',
  version: 'v1',
  resource: `${kind.toLowerCase()}s`,
  kind,
  namespace,
  name: uid,
  uid,
});

/** Folds what was stored, or deleted, and answers which objects are looked at again. */
const fold = (
  state: SchedulingState,
  { ref, type = 'ManifestStored' }: { ref: ReturnType<typeof refOf>; type?: string },
) => {
  const spec = { selects: [{ apiVersion: '*', kind: '*' }] };
  const value = Buffer.from(JSON.stringify({ metadata: { name: ref.name, uid: ref.uid }, spec }));
  const data =
    type === 'ManifestStored'
      ? create(ManifestStoredSchema, { ref, generation: 1n, body: { at: { case: 'inline', value } } })
      : create(ManifestDeletedSchema, { ref });
  return [...state.fold({ event: { type, data } as never, row: { uid: ref.uid, version: 1 } as never })];
};

describe('a policy has looked at again', () => {
  let state: SchedulingState;
  beforeEach(() => {
    state = new SchedulingState();
    for (const namespace of ['shop', 'port']) fold(state, { ref: refOf('ConfigMap', namespace, `x-${namespace}`) });
  });

  it('what lies in its own namespace, and nothing of other tenants', () => {
    const ref = refOf('PlacementPolicy', 'shop', 'p1');
    expect(fold(state, { ref })).toEqual(['x-shop']);
    expect(fold(state, { ref, type: 'ManifestDeleted' })).toEqual(['policy/p1']);
    expect([...state.forgetPolicy('p1')]).toEqual(['x-shop']);
  });

  it('everything when it is for the whole fleet', () => {
    expect(fold(state, { ref: refOf('ClusterPlacementPolicy', '', 'c1') })).toEqual(['x-shop', 'x-port']);
  });
});
