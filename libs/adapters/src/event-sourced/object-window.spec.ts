import { describe, expect, it } from '@jest/globals';
import type { ObjectKey } from '@skerry/ports/object-store/object-store';
import fc from 'fast-check';
import { ObjectWindow, type WindowLimits } from './object-window.ts';

const notes = { group: '', resource: 'notes' };
const key: ObjectKey = { ...notes, namespace: 'shop', name: 'note' };
const MINUTE_MS = 60_000;

const changing = (limits: WindowLimits) => {
  let [nowMs, version] = [0, 0];
  const madeMs: number[] = [];
  const window = new ObjectWindow({ limits, head: 0, clock: { monotonicMs: () => nowMs } });
  const change = (times: number): void => {
    for (let done = 0; done < times; done++) {
      madeMs[++version] = nowMs;
      window.put({
        key,
        version: String(version),
        object: { apiVersion: 'v1', kind: 'Note', metadata: {}, n: version },
      });
      window.advance(version);
    }
  };
  const reaches = (from: number): boolean => window.listAt(notes, from) !== undefined;
  return { window, change, reaches, madeMs, head: () => version, pass: (ms: number) => (nowMs += ms) };
};

/** Versions that a watch from there yields at once; undefined: it is refused. */
const watched = async (window: ObjectWindow, from: number): Promise<number[] | undefined> => {
  try {
    const watch = window.watch(notes, String(from));
    if (from === window.head) return [];
    const { changes } = await watch.next();
    watch.close();
    return changes.map(({ version }) => Number(version));
  } catch (error) {
    expect(error).toMatchObject({ code: 'expired' });
    return undefined;
  }
};

describe('the window of changes', () => {
  it('keeps all that are young, and always the last few, but for what there may be at most', () => {
    const steps = fc.array(fc.record({ changes: fc.nat(40), passMs: fc.nat(90_000) }), { maxLength: 40 });
    const limits = fc.record({
      keptMs: fc.nat(200_000),
      least: fc.integer({ min: 1, max: 30 }),
      most: fc.constant(120),
    });
    fc.assert(
      fc.property(steps, limits, (made, given) => {
        const { change, reaches, madeMs, head, pass } = changing(given);
        let nowMs = 0;
        for (const { changes, passMs } of made) {
          nowMs += passMs;
          pass(passMs);
          change(changes);
          const young = madeMs.findIndex((ms) => ms >= nowMs - given.keptMs);
          const needed = Math.min(young < 0 ? head() : young - 1, Math.max(0, head() - given.least));
          expect(reaches(Math.max(needed, head() - given.most / 2, 0))).toBe(true);
          expect(reaches(head() - given.most - 1)).toBe(false);
        }
      }),
    );
  });

  it('yields to a watch every change after the version it begins at, or refuses it', async () => {
    const limits = { keptMs: MINUTE_MS, least: 10, most: 100 };
    for (const { times, passMs } of [
      { times: 95, passMs: MINUTE_MS / 90 },
      { times: 95, passMs: MINUTE_MS / 20 },
      { times: 350, passMs: 0 },
    ]) {
      const { window, change, reaches, head, pass } = changing(limits);
      for (let done = 0; done < times; done++) {
        change(1);
        pass(passMs);
      }
      let refused = 0;
      for (let from = 0; from <= head(); from++) {
        const found = await watched(window, from);
        expect(found !== undefined).toBe(reaches(from));
        if (found) expect(found).toEqual(Array.from({ length: head() - from }, (_, index) => from + 1 + index));
        else refused++;
      }
      expect(refused > 0 && refused <= head() - limits.least).toBe(true);
    }
  });

  it('lets go of what is old soon after, also where changes are few', () => {
    const { change, reaches, pass } = changing({ keptMs: 10 * MINUTE_MS, least: 10, most: 1_000 });
    for (let minute = 0; minute < 60; minute++) {
      change(20);
      pass(MINUTE_MS);
    }
    expect(reaches(50 * 20)).toBe(true);
    expect(reaches(45 * 20)).toBe(false);
  });

  it('shows what was true at a version that it reaches', () => {
    const { window, change, pass } = changing({ keptMs: MINUTE_MS, least: 10, most: 100 });
    change(15);
    pass(2 * MINUTE_MS);
    change(15);
    expect(window.listAt(notes, 22)?.[0]?.object).toMatchObject({ n: 22 });
  });
});
