import type { OpenWorld } from '@skerry/boot/open-world';
import { partitionOf } from '@skerry/ports/event-store/event-store';
import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';
import { Consumer } from '@skerry/runtime/consumer/consumer';
import { Relay } from '@skerry/runtime/relay/relay';
import { workloadSeed } from './seeds.ts';
import { percentile } from './visible.ts';

const CALLERS = 64;
const META = { actor: 'bench', correlationId: 'bench', causationId: 'bench', traceparent: '' };
const DEADLINE_MS = 60_000;

export interface RelayLagFigures {
  /** what was reached of the rate that was asked for */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * From an append's acknowledgement to the event in a consumer's state, over store, relay and bus, while many callers append at a
 * rate. The consumer is one as all services have; it hears of nothing but by the bus.
 */
export const measureRelayLag = async (
  { world, store }: Pick<OpenWorld, 'world' | 'store'>,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<RelayLagFigures> => {
  const foldedMs = new Map<number, number>();
  const relay = new Relay(world);
  await relay.start();
  const consumer = new Consumer({
    ...world,
    name: 'bench',
    selection: wholeCategories('manifest'),
    fold: ({ position }) => void foldedMs.set(position, performance.now()),
  });
  await consumer.start();
  const appendedMs = new Map<number, number>();
  const startMs = performance.now();
  const count = perSecond * seconds;
  await appendAll(store, { count, perSecond, startMs, appendedMs });
  const reached = count / ((performance.now() - startMs) / 1_000);
  const endMs = performance.now() + DEADLINE_MS;
  const isFolded = (): boolean => [...appendedMs.keys()].every((position) => foldedMs.has(position));
  while (!isFolded() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  await consumer.stop();
  await relay.stop();
  const lags = [...appendedMs]
    .map(([position, atMs]) => Math.max(0, foldedMs.get(position)! - atMs))
    .sort((a, b) => a - b);
  return { perSecond: reached, p50Ms: percentile(lags, 0.5), p99Ms: percentile(lags, 0.99) };
};

interface Appending {
  readonly count: number;
  readonly perSecond: number;
  readonly startMs: number;
  /** when each position was acknowledged */
  readonly appendedMs: Map<number, number>;
}

/** Many callers take turns, so that appends of one moment share a commit as those of many requests do. */
const appendAll = async (
  store: OpenWorld['store'],
  { count, perSecond, startMs, appendedMs }: Appending,
): Promise<void> => {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const waitMs = startMs + (index * 1_000) / perSecond - performance.now();
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const seed = workloadSeed(index);
      const events = [{ ...seed, partition: partitionOf(seed.uid), cluster: '' }];
      const outcome = await store.events.append({ commandId: `lag/${index}`, events, expected: [], meta: META });
      if (outcome.kind !== 'appended') throw new Error(`append ended ${outcome.kind}`);
      appendedMs.set(outcome.events[0]!.position, performance.now());
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
};
