import { ObjectDesiredSchema } from '@skerry/contract/generated/skerry/v1/desired_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { create } from '@skerry/contract/message';
import { DesiredState } from './desired-state.ts';
import { LiveState, toLiveEntry } from './live-state.ts';
import { Waits } from './waits.ts';

const ref = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' };
const observed = (state: ObservedState) =>
  create(ObjectObservedSchema, { ref, state, desiredHash: 'h1', ownedHash: 'o1' });

describe('what is remembered of an object', () => {
  it('as applied is what is there, and what the hub still knows', () => {
    const desired = new DesiredState();
    desired.remember(observed(ObservedState.GONE), 'c');
    expect(desired.applied.size).toBe(0);
    desired.remember(observed(ObservedState.APPLIED), 'c');
    expect(desired.applied.size).toBe(1);
    desired.forgetUnknown();
    expect(desired.applied.size).toBe(0);
    desired.desired.set('u1', create(ObjectDesiredSchema, { ref }));
    desired.remember(observed(ObservedState.APPLIED), 'c');
    desired.forgetUnknown();
    expect(desired.applied.size).toBe(1);
  });

  it('that it waits for is forgotten with it', () => {
    const waits = new Waits();
    waits.add('kinds', 'u1');
    waits.add('kinds', 'u2');
    waits.add('u2', 'u1');
    waits.forget('u1');
    expect([...waits.take('u2'), ...waits.take('kinds')]).toEqual(['u2']);
    expect(waits.size).toBe(0);
  });

  it('as its lowest ready count outlives the object in the cluster, until nobody has it any more', () => {
    const live = new LiveState();
    const entry = toLiveEntry({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', uid: 'm1', annotations: { 'skerry.dev/uid': 'u1' } },
      spec: { replicas: 1 },
    });
    const [set, pod] = ['set', 'pod'].map((uid) => ({ apiVersion: 'v1', kind: uid, metadata: { name: uid, uid } }));
    const owned = (by: string, object: typeof set) => ({
      ...object!,
      metadata: {
        ...object!.metadata,
        ownerReferences: [{ apiVersion: 'v1', kind: 'x', name: by, uid: by, controller: true }],
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const lowest = (): number => live.takeCount(entry).lowestReady;
    live.put(entry);
    live.putReplicaSet(owned('m1', set));
    live.putPod(owned('set', pod));
    expect(lowest()).toBe(0);
    live.remove(entry.key, 'm1');
    live.put(entry);
    expect(lowest()).toBe(0);
    live.forget('u1');
    expect(lowest()).toBe(1);
  });
});
