import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { giveBackSpareMemory, type Heap, v8Heap } from './spare-memory.ts';

const MIB = 2 ** 20;

/** A heap of which `liveMib` is left after a collection that takes `pauseMs`. */
const watch = ({ liveMib = 40, pauseMs = 0 } = {}) => {
  const time = new VirtualClock();
  const state = { mib: 200, usedMib: 100, busy: 0.05, givenBack: 0, pausedMs: 0 };
  const heap: Heap = {
    bytes: () => state.mib * MIB,
    usedBytes: () => state.usedMib * MIB,
    busy: () => state.busy,
    giveBack: () => {
      state.givenBack++;
      state.mib = liveMib;
      state.pausedMs += pauseMs;
    },
  };
  const clock = {
    now: () => time.now(),
    monotonicMs: () => time.monotonicMs() + state.pausedMs,
    after: (delayMs: number, wake: () => void) => time.after(delayMs, wake),
  };
  const stop = giveBackSpareMemory({ clock, log: silentLog, heap });
  return { state, stop, pass: (seconds: number) => time.advance(seconds * 1_000) };
};

describe('spare memory', () => {
  it('is given back when the process has become quiet, and not while it works', () => {
    const { state, pass } = watch();
    state.busy = 0.8;
    pass(300);
    expect(state.givenBack).toBe(0);
    state.busy = 0.1;
    pass(30);
    expect(state).toMatchObject({ givenBack: 1, mib: 40 });
  });

  it('is not looked for again until the heap has grown by what is worth a pause', () => {
    const { state, pass } = watch({ liveMib: 400 });
    pass(30);
    state.mib = 540;
    pass(3_600);
    expect(state.givenBack).toBe(1);
    state.mib = 560;
    pass(30);
    expect(state.givenBack).toBe(2);
  });

  it('stays where so much lives that a pause would be long', () => {
    const { state, pass } = watch();
    [state.mib, state.usedMib] = [700, 500];
    pass(3_600);
    expect(state.givenBack).toBe(0);
  });

  it('costs at most a hundredth of the time', () => {
    const { state, pass } = watch({ pauseMs: 1_000 });
    pass(30);
    state.mib = 200;
    pass(90);
    expect(state.givenBack).toBe(1);
    pass(30);
    expect(state.givenBack).toBe(2);
  });

  it('is let be after the end', () => {
    const { state, stop, pass } = watch();
    stop();
    pass(3_600);
    expect(state.givenBack).toBe(0);
  });

  it('of this process goes back to the system', () => {
    const time = new VirtualClock();
    const told: object[] = [];
    const log = { ...silentLog, info: (keys: object) => void told.push(keys) };
    let garbage: number[][] = Array.from({ length: 500_000 }, (_, index) => [index]);
    const beforeBytes = process.memoryUsage().heapTotal;
    garbage = [];
    const stop = giveBackSpareMemory({ clock: time, log, heap: { ...v8Heap(), busy: () => 0 } });
    time.advance(30_000);
    stop();
    expect(garbage).toEqual([]);
    expect(process.memoryUsage().heapTotal).toBeLessThan(beforeBytes - 16 * MIB);
    expect(told).toEqual([expect.objectContaining({ leftMib: expect.any(Number) })]);
  });
});
