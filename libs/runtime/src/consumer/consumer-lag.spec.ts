import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumerFigures, Metrics } from '../telemetry/metrics.ts';
import { noMetrics } from '../telemetry/metrics.ts';
import { createSea, type Sea } from './consumer.spec-support.ts';

let sea: Sea;
let lag: () => [positions: number, seconds: number];
beforeEach(async () => {
  sea = createSea();
  let read: () => ConsumerFigures;
  const watch: Metrics['watch'] = (source) => {
    if (source.kind === 'consumer') read = source.read;
    return () => {};
  };
  lag = () => [read().lagPositions, read().lagSeconds];
  await sea.relay.start();
  const { consumer } = sea.consumer({ metrics: { ...noMetrics, watch } });
  await consumer.start();
  await sea.clock.advanceAsync(10);
});
afterEach(() => sea.relay.stop());

describe('how far a consumer is behind', () => {
  it('is less than two seconds while it gets what is announced, whether something happens or not', async () => {
    for (let second = 0; second < 5; second++) {
      await sea.append('a');
      await sea.clock.advanceAsync(1_000);
      expect(lag()[1]).toBeLessThan(2);
    }
  });

  it('grows with the time that neither bus nor store bring what is announced, and is over when they do', async () => {
    for (let second = 0; second < 2; second++) await sea.clock.advanceAsync(1_000);
    sea.bus.setFault(() => 'drop');
    await sea.append('a');
    await sea.append('a');
    sea.store.events.read = () => Promise.reject(new Error('away'));
    await sea.clock.advanceAsync(10_000);
    expect(lag()[0]).toBe(2);
    expect(lag()[1]).toBeGreaterThan(9);
    delete (sea.store.events as Partial<typeof sea.store.events>).read;
    await sea.clock.advanceAsync(3_000);
    expect([lag()[0], lag()[1] < 2]).toEqual([0, true]);
  });

  it('is small while nothing is announced and it reads the store by itself', async () => {
    await sea.relay.stop();
    await sea.clock.advanceAsync(5_000);
    await sea.append('a');
    await sea.clock.advanceAsync(5_000);
    expect(lag()[1]).toBeLessThan(2);
  });

  it('grows also while nothing is announced and the store cannot be read', async () => {
    await sea.relay.stop();
    sea.store.events.setReachable(false);
    await sea.clock.advanceAsync(10_000);
    expect(lag()[1]).toBeGreaterThan(9);
  });
});
