import { create } from '@skerry/contract/message';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { ClustersState } from './clusters-state.ts';

describe('what clusters keeps of objects', () => {
  let nowMs = 0;
  const state = new ClustersState({ nowMs: () => nowMs });
  const observe = (uid: string, now: ObservedState): void => {
    const data = create(ObjectObservedSchema, { ref: { uid }, cluster: 'a', state: now });
    void state.fold({ event: { type: 'ObjectObserved', data }, row: { uid, version: 1, cluster: 'a' } as never });
  };

  it('forgets what is gone: a minute after 1,000 applied and deleted objects nothing but the next one is left', () => {
    for (let n = 0; n < 1_000; n += 1) observe(`x${n}`, ObservedState.APPLIED);
    for (let n = 0; n < 1_000; n += 1) observe(`x${n}`, ObservedState.GONE);
    expect(state.observed('a').size).toBe(1_000);
    nowMs += 30_000;
    observe('x0', ObservedState.APPLIED);
    nowMs += 30_000;
    observe('next', ObservedState.APPLIED);
    expect([...state.observed('a').keys()]).toEqual(['x0', 'next']);
    expect(state.kept).toBe(3);
  });
});
