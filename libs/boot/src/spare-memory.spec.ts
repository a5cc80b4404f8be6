import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { giveBackSpareMemory, type Heap, v8Heap } from './spare-memory.ts';

const MIB = 2 ** 20;

/** A heap of which `liveMib` is left after a collection that takes `pauseMs`. */
const watch = ({ liveMib = 40, pauseMs = 0 } = {}) => {
  const time = new VirtualClock();
  const state = { mib: 200, usedMib: 190, busy: 0.05, collected: 0, givenBack: 0, pausedMs: 0 };
  const heap: Heap = {
    bytes: () => state.mib * MIB,
    usedBytes: () => state.usedMib * MIB,
    busy: () => state.busy,
    collect: () => {
      state.collected++;
      state.usedMib = liveMib;
    },
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
    const { state, pass } = watch({ liveMib: 100 });
    pass(30);
    state.mib = 170;
    pass(3_600);
    expect(state.givenBack).toBe(1);
    state.mib = 180;
    pass(30);
    expect(state.givenBack).toBe(2);
  });

  it('is measured against the smallest heap since, also where V8 made it smaller by itself', () => {
    const { state, pass } = watch({ liveMib: 120 });
    pass(30);
    state.mib = 60;
    pass(30);
    state.mib = 150;
    pass(30);
    expect(state.givenBack).toBe(2);
  });

  it('stays where so much lives that a pause would be long, which one collection finds out', () => {
    const { state, pass } = watch({ liveMib: 500 });
    [state.mib, state.usedMib] = [700, 690];
    pass(3_600);
    expect(state).toMatchObject({ collected: 1, givenBack: 0 });
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
    const heap = { ...v8Heap(), busy: () => 0, usedBytes: () => 0 };
    for (let times = 0; times < 40; times++) Array.from({ length: 50_000 }, (_, index) => [index]);
    const spareBytes = (): number => process.memoryUsage().heapTotal - process.memoryUsage().heapUsed;
    heap.collect();
    const collectedBytes = spareBytes();
    const stop = giveBackSpareMemory({ clock: time, log, heap });
    time.advance(30_000);
    stop();
    expect(spareBytes()).toBeLessThan(collectedBytes - 8 * MIB);
    expect(told).toEqual([expect.objectContaining({ leftMib: expect.any(Number) })]);
  });
});
