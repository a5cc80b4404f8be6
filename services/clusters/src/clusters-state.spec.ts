import { create } from '@skerry/contract/message';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import {
  type ObjectObserved,
  ObjectObservedSchema,
  ObservedState,
} from '@skerry/contract/generated/skerry/v1/observed_pb';
import { notReported } from './cluster-intake.ts';
import { ClustersState } from './clusters-state.ts';

describe('what clusters keeps of objects', () => {
  let nowMs = 0;
  const state = new ClustersState({ nowMs: () => nowMs });
  const fold = (data: ObjectObserved): void => {
    const row = { uid: data.ref!.uid, version: 1, cluster: 'a' };
    void state.fold({ event: { type: 'ObjectObserved', data }, row: row as never });
  };
  const observe = (uid: string, now: ObservedState): void =>
    fold(create(ObjectObservedSchema, { ref: { uid }, cluster: 'a', state: now }));

  it('forgets what is gone: a minute after 1,000 applied and deleted objects nothing but the next one is left', () => {
    for (let n = 0; n < 1_000; n += 1) observe(`x${n}`, ObservedState.APPLIED);
    for (let n = 0; n < 500; n += 1) observe(`x${n}`, ObservedState.GONE);
    for (let n = 500; n < 1_000; n += 1) fold(notReported('a', create(ObjectRefSchema, { uid: `x${n}` })));
    expect(state.observed('a').size).toBe(1_000);
    nowMs += 30_000;
    observe('x0', ObservedState.APPLIED);
    nowMs += 30_000;
    observe('next', ObservedState.APPLIED);
    expect([...state.observed('a').keys()]).toEqual(['x0', 'next']);
    expect(state.kept).toBe(3);
  });
});
