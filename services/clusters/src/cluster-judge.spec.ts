import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ClusterJudge } from './cluster-judge.ts';

const OK = { apiReady: true, reason: '' };

/** A judge whose beacon comes every second, unless it is cut off. */
const run = () => {
  const judge = new ClusterJudge(0);
  const standing = new Map([['a', Verdict.UNKNOWN]]);
  let nowMs = 0;
  const pass = (seconds: number, { beacon = true, beats = false } = {}) => {
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1_000;
      if (beacon) judge.beacon(nowMs);
      if (beats && nowMs % 5_000 === 0) judge.beat('a', OK);
      for (const { cluster, verdict } of judge.tick(nowMs, standing)) standing.set(cluster, verdict);
    }
    return standing.get('a');
  };
  return { judge, pass };
};

describe('a cluster', () => {
  it('is Ready with its first beat, and Silent 20 s after its last', () => {
    const { judge, pass } = run();
    judge.beat('a', OK);
    expect(pass(1)).toBe(Verdict.READY);
    expect(pass(18)).toBe(Verdict.READY);
    expect(pass(1)).toBe(Verdict.SILENT);
    judge.beat('a', OK);
    expect(pass(1)).toBe(Verdict.READY);
  });

  it('that never beats is Silent 20 s after it joined', () => {
    const { pass } = run();
    expect(pass(19)).toBe(Verdict.UNKNOWN);
    expect(pass(1)).toBe(Verdict.SILENT);
  });

  it('that says that its API is not ready is NotReady', () => {
    const { judge, pass } = run();
    judge.beat('a', { apiReady: false, reason: '/readyz answered 500' });
    expect(pass(1)).toBe(Verdict.NOT_READY);
  });

  it('does not age while the judge does not hear its own beacon', () => {
    const { judge, pass } = run();
    judge.beat('a', OK);
    pass(1);
    expect(pass(60, { beacon: false })).toBe(Verdict.READY);
    expect(pass(20)).toBe(Verdict.SILENT);
  });

  it('that flaps stays Silent until it beats', () => {
    const { judge, pass } = run();
    judge.beat('a', OK);
    pass(1);
    pass(20);
    judge.beat('a', OK);
    pass(1);
    expect(pass(40)).toBe(Verdict.SILENT);
    expect(pass(30)).toBe(Verdict.SILENT);
  });

  it('that flaps is waited for twice as long', () => {
    const { judge, pass } = run();
    judge.beat('a', OK);
    pass(1);
    pass(20); // Silent
    judge.beat('a', OK);
    pass(1); // Ready: the third change
    expect(pass(30)).toBe(Verdict.READY);
    expect(pass(10)).toBe(Verdict.SILENT);
  });
});
