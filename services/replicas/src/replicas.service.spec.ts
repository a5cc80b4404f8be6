import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ForwardedBeatSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { create, toBinary } from '@skerry/contract/message';
import { verdictStream } from '@skerry/domain/cluster/cluster';
import { encodeEvent } from '@skerry/domain/codec';
import { observedStream } from '@skerry/domain/observed/observed';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { ReplicasService } from './replicas.service.ts';

const CLUSTER = 'a';

describe('a beat that waits for the reports that it names', () => {
  const clock = new VirtualClock();
  const store = createMemoryStore({ clock });
  const bus = new MemoryBus({ clock });
  const world = { store: store.events, bus, leases: store.leases, clock, log: silentLog, holder: 'test' };
  const service = new ReplicasService(world);
  beforeAll(() => service.onApplicationBootstrap());
  afterAll(() => service.onApplicationShutdown());

  const append = async (stream: string, event: Partial<ReturnType<typeof eventOf>>): Promise<number> => {
    const outcome = await store.events.append(appendOf([eventOf(stream, { cluster: CLUSTER, ...event })]));
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    await bus.publishEvents(outcome.events);
    await clock.advanceAsync(0);
    return outcome.events[0]!.position;
  };
  const judge = (verdict: Verdict): Promise<number> =>
    append(verdictStream(CLUSTER), {
      type: 'ClusterJudged',
      data: encodeEvent('ClusterJudged', { cluster: CLUSTER, verdict }),
    });
  const observe = (): Promise<number> =>
    append(observedStream(CLUSTER, 'u1'), {
      type: 'ObjectObserved',
      data: encodeEvent('ObjectObserved', { cluster: CLUSTER }),
      uid: 'u1',
      partition: CLUSTER,
    });

  it('begins a soak when they are folded, not when it came: a verdict may have stood in between', async () => {
    const position = await judge(Verdict.NOT_READY);
    const beat = { cluster: CLUSTER, judge: 'j', observedThrough: BigInt(position + 2), ageMs: 300n };
    bus.publish(`fbeat.${CLUSTER}`, toBinary(ForwardedBeatSchema, create(ForwardedBeatSchema, beat)));
    const heardMs = clock.monotonicMs();
    await clock.advanceAsync(10_000);
    await judge(Verdict.READY);
    expect(await observe()).toBe(position + 2);
    const { soakFromMs, confirmedMs } = service.state.cluster(CLUSTER).evidence;
    expect({ soakFromMs, confirmedMs }).toEqual({ soakFromMs: heardMs + 10_000, confirmedMs: heardMs - 300 });
  });
});
