import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { encodeStatus, type SourceStatus } from '@skerry/runtime/telemetry/status-beat';
import { TopView } from './top.query.ts';

let clock: VirtualClock;
let bus: MemoryBus;
let view: TopView;
beforeEach(async () => {
  clock = new VirtualClock();
  bus = new MemoryBus({ clock });
  view = new TopView({ clock, log: silentLog });
  await view.start(bus);
});

const say = async (
  process: string,
  parts: readonly SourceStatus[],
  more: { holder?: string; unhealthy?: string[] } = {},
) => {
  bus.publish(
    `status.${process}`,
    encodeStatus({ holder: `${process}-1`, unhealthy: [], unready: [], parts, ...more }),
  );
  await clock.advanceAsync(0);
};
const consumer = (name: string, folded: number): SourceStatus => ({
  kind: 'consumer',
  name,
  figures: { folded, mended: 0, lagPositions: 3, lagSeconds: 0.5, live: true },
});
const worker = (name: string, done: number): SourceStatus => ({
  kind: 'worker',
  name,
  figures: { dirty: 4, running: 1, waiting: 2, parked: 1, ends: { done, retried: 0, parked: 1 } },
});
const lease = (name: string, held: boolean): SourceStatus => ({ kind: 'lease', name, figures: { held } });
const counts = { applies: 0, skips: 0, repairs: 0, deletes: 0, refusals: 0 };
const syncer = (name: string, applies: number): SourceStatus => ({
  kind: 'syncer',
  name,
  figures: {
    ...{ ...counts, applies, withdrawalsHeld: 2, guardShut: true, restoreWaits: false, contended: 3 },
    ...{ queueLength: 5, acting: true, lastBeat: undefined },
  },
});

describe('the stages', () => {
  it('put together what consumer, worker and lease of one name say, with rates over the last seconds', async () => {
    for (const [folded, done] of [
      [0, 0],
      [10, 5],
      [40, 11],
    ] as const) {
      await say('replicas', [consumer('replicas', folded), worker('replicas', done), lease('replicas', true)]);
      await clock.advanceAsync(1_000);
    }
    expect(view.top(7).stages).toEqual([
      {
        ...{ stage: 'replicas', process: 'replicas', holder: 'replicas-1', leads: true },
        ...{ foldsPerSecond: 20, doesPerSecond: 5.5, lagPositions: 3, lagSeconds: 0.5 },
        ...{ backlog: 5, waiting: 2, parked: 1, notes: [] },
      },
    ]);
  });

  it('come in the order of the flow, syncers last, each instance for itself', async () => {
    await say(
      'hub',
      ['syncer-b', 'rollout', 'clusters', 'relay', 'syncer-a', 'gateway'].map((name) => lease(name, true)),
    );
    await say('rollout', [lease('rollout', false)], { holder: 'a' });
    expect(view.top(0).stages.map(({ stage, holder, leads }) => `${stage} ${holder} ${leads}`)).toEqual([
      'gateway hub-1 true',
      'relay hub-1 true',
      'clusters hub-1 true',
      'rollout a false',
      'rollout hub-1 true',
      'syncer-a hub-1 true',
      'syncer-b hub-1 true',
    ]);
  });

  it('of a syncer count changes, and tell what waits for a person', async () => {
    for (const applies of [0, 8]) {
      await say('syncer-north', [syncer('north', applies), worker('syncer-north', 100 * applies)]);
      await clock.advanceAsync(1_000);
    }
    expect(view.top(0).stages).toMatchObject([
      {
        ...{ stage: 'syncer-north', doesPerSecond: 8, backlog: 5, leads: true },
        notes: ['guard shut', '2 withdrawals wait', '3 contended'],
      },
    ]);
  });

  it('of a part that was started anew have no rate below nothing', async () => {
    await say('relay', [worker('relay', 900)]);
    await clock.advanceAsync(1_000);
    await say('relay', [worker('relay', 1)]);
    expect(view.top(0).stages[0]!.doesPerSecond).toBe(0);
  });
});

describe('a process', () => {
  it('is named with what is wrong with it, and forgotten when it says nothing any more', async () => {
    await say('relay', [lease('relay', true)], { unhealthy: ['relay: bus-ahead'] });
    await clock.advanceAsync(4_000);
    await say('gateway', []);
    expect(view.top(0).processes.map(({ process, unhealthy }) => [process, ...unhealthy])).toEqual([
      ['gateway'],
      ['relay', 'relay: bus-ahead'],
    ]);
    await clock.advanceAsync(2_000);
    const { processes, stages } = view.top(0);
    expect([processes.map(({ process }) => process), stages]).toEqual([['gateway'], []]);
  });

  it('that lost a part shows it no more', async () => {
    for (let second = 0; second < 7; second++) {
      await say('hub', second === 0 ? [lease('relay', true), lease('rollout', true)] : [lease('rollout', true)]);
      await clock.advanceAsync(1_000);
    }
    expect(view.top(0).stages.map(({ stage }) => stage)).toEqual(['rollout']);
  });

  it('that drives one cluster can say nothing of another, nor of the hub', async () => {
    await say('syncer-north', [syncer('south', 1), lease('relay', true), consumer('syncer-north', 1)]);
    expect(view.top(0).stages.map(({ stage }) => stage)).toEqual(['syncer-north']);
  });

  it('that says what cannot be read is not heard', async () => {
    bus.publish('status.relay', new TextEncoder().encode('{}'));
    await clock.advanceAsync(0);
    expect(view.top(0).processes).toEqual([]);
  });
});

it('clusters are counted by verdict, once where two say so', async () => {
  const verdicts = { a: 'Ready', b: 'Silent', c: 'Ready' };
  for (const holder of ['x', 'y'])
    await say('clusters', [{ kind: 'clusters', name: 'clusters', figures: { verdicts } }], { holder });
  expect(view.top(0).clusters).toEqual({ Ready: 2, Silent: 1 });
});
