import { describe, expect, it } from '@jest/globals';
import type { ObjectKey } from '@skerry/ports/object-store/object-store';
import { ObjectWindow, type WindowLimits } from './object-window.ts';

const notes = { group: '', resource: 'notes' };
const key: ObjectKey = { ...notes, namespace: 'shop', name: 'note' };
const MINUTE_MS = 60_000;

const changing = (limits: WindowLimits) => {
  let [nowMs, version] = [0, 0];
  const window = new ObjectWindow({ limits, head: 0, clock: { monotonicMs: () => nowMs } });
  const change = (times: number): void => {
    for (let done = 0; done < times; done++) {
      version++;
      window.put({
        key,
        version: String(version),
        object: { apiVersion: 'v1', kind: 'Note', metadata: { name: 'note' }, n: version },
      });
      window.advance(version);
    }
  };
  const reaches = (from: number): boolean => window.listAt(notes, from) !== undefined;
  return { window, change, reaches, pass: (ms: number) => (nowMs += ms) };
};

describe('the window of changes', () => {
  it('reaches back to everything younger than its limit', () => {
    const { change, reaches, pass } = changing({ keptMs: 10 * MINUTE_MS, least: 10, window: 1_000 });
    for (let minute = 0; minute < 60; minute++) {
      change(20);
      pass(MINUTE_MS);
    }
    expect(reaches(50 * 20)).toBe(true);
    expect(reaches(40 * 20)).toBe(false);
  });

  it('keeps some changes however old they are', () => {
    const { change, reaches, pass } = changing({ keptMs: MINUTE_MS, least: 10, window: 1_000 });
    for (let day = 0; day < 30; day++) {
      change(1);
      pass(24 * 60 * MINUTE_MS);
    }
    expect(reaches(20)).toBe(true);
    expect(reaches(5)).toBe(false);
  });

  it('keeps no more than twice its size however young they are', () => {
    const { change, reaches } = changing({ keptMs: MINUTE_MS, least: 10, window: 100 });
    change(1_000);
    expect(reaches(900)).toBe(true);
    expect(reaches(1_000 - 201)).toBe(false);
  });

  it('refuses a watch from a version that it does not reach, and shows what was true at one that it does', () => {
    const { window, change, pass } = changing({ keptMs: MINUTE_MS, least: 10, window: 100 });
    change(15);
    pass(2 * MINUTE_MS);
    change(15);
    expect(() => window.watch(notes, '1')).toThrow('too old resource version: 1');
    expect(window.listAt(notes, 22)?.[0]?.object).toMatchObject({ n: 22 });
  });
});
