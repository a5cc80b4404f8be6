import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { HeadsWatch } from './heads-watch.ts';

let clock: VirtualClock;
let folded: Record<string, number>;
let missing: number;
let reached: number[];
let watch: HeadsWatch;
beforeEach(() => {
  clock = new VirtualClock();
  folded = {};
  missing = 0;
  reached = [];
  watch = new HeadsWatch({
    clock,
    selects: (channel) => channel !== 'foreign',
    positionOf: (channel) => folded[channel] ?? 0,
    onMissing: () => (missing += 1),
    onReached: (head) => reached.push(head),
  });
  watch.start();
});

const hear = (head: number, channels: Record<string, number>): void =>
  watch.hear({ incarnation: 'one', head, channels });
const deliver = (channel: string, position: number): void => {
  folded[channel] = position;
  watch.delivered(position);
};

describe('announced heads', () => {
  it('that are folded say how far all channels are', () => {
    deliver('a', 7);
    hear(9, { a: 7, foreign: 9 });
    expect([reached, missing, watch.announced]).toEqual([[9], 0, 9]);
  });

  it('of what is still on its way are given a moment', () => {
    hear(9, { a: 9 });
    clock.advance(300);
    deliver('a', 9);
    clock.advance(500);
    expect(missing).toBe(0);
  });

  it('that a silent bus does not bring are missing', () => {
    hear(9, { a: 9 });
    clock.advance(500);
    expect(missing).toBe(1);
  });

  it('that the bus has passed without bringing them are missing', () => {
    hear(9, { a: 7, b: 9 });
    clock.advance(100);
    deliver('b', 9);
    clock.advance(400);
    expect(missing).toBe(1);
  });

  it('that a slow bus will bring are waited for, but not for long', () => {
    const seen: number[] = [];
    for (let position = 1; position < 7; position++) {
      hear(20, { a: 20 });
      deliver('a', position);
      clock.advance(1_000);
      seen.push(missing);
    }
    expect(seen).toEqual([0, 0, 1, 1, 1, 2]);
    hear(20, { a: 20 });
    clock.advance(500); // and now it brings nothing more
    expect(missing).toBe(3);
  });

  it('that stay away are missed after 2 s, and again until they come', () => {
    clock.advance(1_500);
    expect(missing).toBe(0);
    clock.advance(500);
    expect(missing).toBe(1);
    clock.advance(1_000);
    expect(missing).toBe(3);
    hear(1, { a: 0 });
    clock.advance(1_000);
    expect(missing).toBe(3);
    watch.stop();
    clock.advance(60_000);
    expect([missing, clock.pending]).toEqual([3, 0]);
  });
});
