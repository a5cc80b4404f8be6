import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import type { StateFigures } from './metrics.ts';
import { PrometheusMetrics } from './prometheus.ts';
import { decodeStatus, encodeStatus, startStatusBeat, type StatusReport } from './status-beat.ts';

let clock: VirtualClock;
let metrics: PrometheusMetrics;
let heard: [subject: string, report: StatusReport][];
let wrong: string[];
let stop: () => void;
beforeEach(async () => {
  clock = new VirtualClock();
  const bus = new MemoryBus({ clock });
  metrics = new PrometheusMetrics();
  [heard, wrong] = [[], []];
  await bus.subscribe('status.*', (subject, data) => heard.push([subject, decodeStatus(data)]));
  const health = { unhealthy: () => wrong, unready: () => [] };
  stop = startStatusBeat({ process: 'relay', holder: 'h1', bus, clock, sources: () => metrics.sources, ...health });
});

const passSeconds = async (seconds: number) => {
  for (let second = 0; second < seconds; second++) await clock.advanceAsync(1_000);
};

describe('the status of a process', () => {
  it('is said once a second, with the figures of its parts and what is wrong', async () => {
    metrics.watch({ kind: 'lease', name: 'relay', read: () => ({ held: true }) });
    await passSeconds(1);
    wrong = ['relay: bus-ahead'];
    await passSeconds(1);
    expect(heard.at(-1)).toEqual([
      'status.relay',
      {
        holder: 'h1',
        unhealthy: ['relay: bus-ahead'],
        unready: [],
        parts: [{ kind: 'lease', name: 'relay', figures: { held: true } }],
      },
    ]);
    expect(heard.length).toBe(3);
  });

  it('is said without a part that cannot be read', async () => {
    metrics.watch({ kind: 'state', name: 'gateway', read: () => Promise.reject(new Error('away')) });
    metrics.watch({ kind: 'lease', name: 'relay', read: () => ({ held: false }) });
    await passSeconds(1);
    expect(heard.at(-1)![1].parts.map(({ kind }) => kind)).toEqual(['lease']);
  });

  it('of many parts is said in several messages', async () => {
    for (let n = 0; n < 700; n++) metrics.watch({ kind: 'lease', name: `l${n}`, read: () => ({ held: false }) });
    await passSeconds(1);
    expect(heard.slice(1).map(([, { parts }]) => parts.length)).toEqual([300, 300, 100]);
  });

  it('is not said any more when it has stopped, and no timer is left', async () => {
    let answer: (figures: StateFigures) => void = () => {};
    const read = () => new Promise<StateFigures>((resolve) => (answer = resolve));
    metrics.watch({ kind: 'state', name: 'gateway', read });
    await passSeconds(1);
    const count = heard.length;
    stop();
    answer({ position: 1, lagPositions: 0 });
    await passSeconds(3);
    expect([heard.length, clock.pending]).toEqual([count, 0]);
  });

  it.each(['null', '[]', '{"holder":1}', '{"holder":"a","unhealthy":[],"unready":[],"parts":[{"kind":"lease"}]}'])(
    'is not taken for one when it is %s',
    (text) => {
      expect(() => decodeStatus(new TextEncoder().encode(text))).toThrow(TypeError);
    },
  );

  it('comes back as it was said', () => {
    const report: StatusReport = { holder: 'a', unhealthy: ['x'], unready: [], parts: [] };
    expect(decodeStatus(encodeStatus(report))).toEqual(report);
  });
});
