import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '@skerry/runtime/telemetry/log';

const LOOK_EVERY_MS = 30_000;
/** Share of the time that its thread works; above it a pause would be in somebody's way. */
const QUIET = 0.3;
/** Where more lives the pause is longer than half a second, for what is a small part of such a heap. */
const MOST_LIVE_BYTES = 128 * 2 ** 20;
/** Not for less: bytes, and a share of what was left the last time. */
const WORTH_BYTES = 48 * 2 ** 20;
const WORTH_SHARE = 0.25;
/** A pause is followed by so many times its length without one. */
const REST = 100;

/** The heap of a process. */
export interface Heap {
  /** what it has from the system, used or not */
  readonly bytes: () => number;
  /** of these, what lives, and garbage that has not been found yet */
  readonly usedBytes: () => number;
  /** share of the time that the thread has worked since this was last asked, 0 to 1 */
  readonly busy: () => number;
  /** finds all garbage; about 1 ms for each MiB that lives */
  readonly collect: () => void;
  /** the same again and again, and gives back all pages that are then free; about 4 ms for each MiB that lives */
  readonly giveBack: () => void;
}

export interface SpareMemoryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly heap?: Heap;
}

/**
 * Gives memory back to the system once a process has become quiet. V8 keeps what a burst made it take: a young generation of
 * 128 MiB, and pages of the old one, also after it has collected them. A smaller young generation (`--max-semi-space-size`)
 * would be simpler, and takes a tenth of the throughput and a third more of the time of a start with many objects.
 * What it costs: a pause of about half a second, or where too much lives that of the one full collection that finds it out; in at
 * most one hundredth of the time. Answers how to stop.
 */
export const giveBackSpareMemory = ({ clock, log, heap = v8Heap() }: SpareMemoryOptions): (() => void) => {
  let [leftBytes, notBeforeMs] = [0, 0];
  const look = (): void => {
    leftBytes = Math.min(leftBytes, heap.bytes());
    const isQuiet = heap.busy() < QUIET;
    const isWorthIt = heap.bytes() > leftBytes * (1 + WORTH_SHARE) + WORTH_BYTES;
    if (isQuiet && isWorthIt && clock.monotonicMs() >= notBeforeMs) {
      const pausedMs = pause();
      leftBytes = heap.bytes();
      notBeforeMs = clock.monotonicMs() + REST * pausedMs;
    }
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  const pause = (): number => {
    const [beganMs, beforeMib] = [clock.monotonicMs(), mibOf(heap.bytes())];
    heap.collect();
    const isShort = heap.usedBytes() < MOST_LIVE_BYTES;
    if (isShort) heap.giveBack();
    const pausedMs = clock.monotonicMs() - beganMs;
    const figures = { beforeMib, leftMib: mibOf(heap.bytes()), pausedMs: Math.round(pausedMs) };
    log.info(figures, isShort ? 'spare memory given back' : 'spare memory kept: too much lives for a short pause');
    return pausedMs;
  };
  let cancel = clock.after(LOOK_EVERY_MS, look);
  return () => cancel();
};

const mibOf = (bytes: number): number => Math.round(bytes / 2 ** 20);

type Collect = (how: { type: 'major'; execution: 'sync'; flavor: 'regular' | 'last-resort' }) => void;

/** The function is there only in contexts that are made after the flag is set; the flag itself changes nothing else. */
export const v8Heap = (): Heap => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let before = performance.eventLoopUtilization();
  return {
    bytes: () => process.memoryUsage().heapTotal,
    usedBytes: () => process.memoryUsage().heapUsed,
    busy: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    collect: () => collect({ type: 'major', execution: 'sync', flavor: 'regular' }),
    giveBack: () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
};
