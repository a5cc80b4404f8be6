import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { LiveState, toLiveEntry } from './live-state.ts';

const note = (uid: string, resourceVersion: string, hubUid = 'hub-1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'note', namespace: 'apps', uid, resourceVersion, annotations: { 'skerry.dev/uid': hubUid } },
});
const put = (live: LiveState, object: KubeObject): readonly string[] => live.put(toLiveEntry(object));
const KEY = '/ConfigMap/apps/note';

describe('live state', () => {
  it('knows an object in the version that was put last, and in no other', () => {
    const live = new LiveState();
    put(live, note('a', '7'));
    expect(live.known(note('a', '7'))).toBe(live.get(KEY));
    expect(live.known(note('a', '8'))).toBeUndefined();
    expect(live.known(note('b', '7'))).toBeUndefined();
    live.remove(KEY, 'a');
    expect(live.known(note('a', '7'))).toBeUndefined();
  });

  it('does not go back: an older version is no news', () => {
    const live = new LiveState();
    put(live, note('a', '10'));
    expect(put(live, note('a', '9'))).toEqual([]);
    expect(live.get(KEY)?.resourceVersion).toBe('10');
    expect(put(live, note('a', '11'))).toEqual(['hub-1']);
  });

  it('does not go back to an object that had the name before', () => {
    const live = new LiveState();
    put(live, note('b', '10'));
    expect(put(live, note('a', '9', 'hub-0'))).toEqual([]);
    expect(live.remove(KEY, 'a')).toEqual([]);
    expect([live.get(KEY)?.memberUid, live.ofHubUid('hub-0')]).toEqual(['b', []]);
    expect(put(live, note('c', '12', 'hub-2'))).toEqual(['hub-1', 'hub-2']);
  });

  it('is not brought back by an answer that is older than its end, but by itself', () => {
    const live = new LiveState();
    put(live, note('a', '10'));
    live.leave(toLiveEntry(note('a', '11')));
    expect(put(live, note('a', '10'))).toEqual(['hub-1']);
    expect(live.get(KEY)).toBeUndefined();
    // its mark was taken away, and given back
    put(live, note('a', '12'));
    expect(live.get(KEY)?.resourceVersion).toBe('12');
  });

  it('is brought back by the watch when an old list did not have it', () => {
    const live = new LiveState();
    put(live, note('a', '10'));
    live.remove(KEY, 'a');
    put(live, note('a', '10'));
    expect(live.get(KEY)?.resourceVersion).toBe('10');
  });

  it('takes any version once the member was restored, and knows none', () => {
    const live = new LiveState();
    put(live, note('a', '10'));
    live.forgetVersions();
    expect(live.known(note('a', '10'))).toBeUndefined();
    expect(put(live, note('a', '4'))).toEqual(['hub-1']);
    expect(live.get(KEY)?.resourceVersion).toBe('4');
  });
});
