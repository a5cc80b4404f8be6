import {
  addReport,
  type ClusterEvidence,
  confirmBeat,
  countedReady,
  noClusterEvidence,
  type ObjectEvidence,
} from './evidence.ts';

const SOAK = { soakMs: 25_000, silenceMs: 20_000 };
const KEEP_MS = 600_000;
const report = (before: ObjectEvidence | undefined, atMs: number, ready: number, lowest = ready): ObjectEvidence =>
  addReport(before, { atMs, ready, lowest, keepMs: KEEP_MS });
const beats = (times: readonly number[], judge = 'j1', from: ClusterEvidence = noClusterEvidence): ClusterEvidence =>
  times.reduce((evidence, atMs) => confirmBeat(evidence, { atMs, judge }), from);
const counted = (cluster: ClusterEvidence, object: ObjectEvidence | undefined, nowMs: number) =>
  countedReady({ cluster, object }, { nowMs, ...SOAK });

describe('ready replicas are counted', () => {
  it('after they were held for a whole soak, up to a beat', () => {
    const object = report(undefined, 0, 3);
    expect(counted(beats([0, 10_000, 20_000]), object, 24_000)).toBeUndefined();
    expect(counted(beats([0, 10_000, 20_000, 25_000]), object, 26_000)).toBe(3);
  });

  it('not without a beat, and not without a report', () => {
    expect(counted(noClusterEvidence, report(undefined, 0, 3), 60_000)).toBeUndefined();
    expect(counted(beats([0, 25_000]), undefined, 26_000)).toBeUndefined();
  });

  it('not by a beat that is older than the silence threshold', () => {
    const object = report(undefined, 0, 3);
    expect(counted(beats([0, 30_000]), object, 49_999)).toBe(3);
    expect(counted(beats([0, 30_000]), object, 50_000)).toBeUndefined();
  });

  it('not by a beat that waited for its reports until it was older than that; its soak begins when it is confirmed', () => {
    const object = report(undefined, 0, 3);
    const late = confirmBeat(beats([0]), { atMs: 60_000, ageMs: 20_000, judge: 'j1' });
    expect(counted(late, object, 60_000)).toBeUndefined();
    expect(counted({ ...late, confirmedMs: late.confirmedMs + 1 }, object, 60_000)).toBe(3);
    expect(confirmBeat(noClusterEvidence, { atMs: 60_000, ageMs: 20_000, judge: 'j1' }).soakFromMs).toBe(60_000);
  });

  it('at the lowest that was reported within the soak, however short it was', () => {
    const object = report(report(undefined, 0, 3), 20_000, 3, 1);
    expect(counted(beats([0, 30_000]), object, 30_000)).toBe(1);
    expect(counted(beats([0, 46_000]), object, 46_000)).toBe(3);
  });

  it('a rise only when it was held for a soak itself', () => {
    const object = report(report(undefined, 0, 1), 20_000, 4);
    expect(counted(beats([0, 40_000]), object, 40_000)).toBe(1);
    expect(counted(beats([0, 45_000]), object, 45_000)).toBe(4);
  });

  it('at once lower when a drop is reported after the last beat', () => {
    const object = report(report(undefined, 0, 4), 31_000, 0);
    expect(counted(beats([0, 30_000]), object, 32_000)).toBe(0);
  });

  it('anew after another judge, a verdict or a pause', () => {
    const object = report(undefined, 0, 3);
    const before = beats([0, 30_000]);
    expect(counted(beats([35_000], 'j2', before), object, 36_000)).toBeUndefined();
    expect(counted(beats([35_000, 60_000], 'j2', before), object, 60_000)).toBe(3);
    expect(counted(beats([35_000], 'j1', noClusterEvidence), object, 36_000)).toBeUndefined();
  });

  it('from few samples, whatever the number of reports: old ones are forgotten but for the one in effect', () => {
    let object: ObjectEvidence | undefined;
    for (let index = 0; index < 1_000; index += 1)
      object = addReport(object, { atMs: index * 1_000, ready: index % 3, lowest: 0, keepMs: 60_000 });
    expect(object!.samples.length).toBeLessThan(65);
  });
});
