import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { selectionStream } from '@skerry/domain/selection/selection';
import { partitionOf, type StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf, someMeta } from '@skerry/testing/builders/append';
import { encodeEvent } from '@skerry/domain/codec';
import { outgoing } from '../append/appender.ts';
import { wholeCategories } from '../consumer/channel-selection.ts';
import { Relay } from '../relay/relay.ts';
import { type Log, silentLog } from '../telemetry/log.ts';
import { PrometheusMetrics } from '../telemetry/prometheus.ts';
import { DecisionService, type DecisionServiceOptions, type Folded } from './decision-service.ts';
import { PARKED_SUBJECT } from './parked.ts';

let clock: VirtualClock;
let store: MemoryStore;
let bus: MemoryBus;
let relay: Relay;
let stops: (() => Promise<void>)[];
beforeEach(async () => {
  clock = new VirtualClock();
  store = createMemoryStore({ clock });
  bus = new MemoryBus({ clock });
  relay = new Relay({ store: store.events, bus, clock, log: silentLog });
  await relay.start();
  stops = [() => relay.stop()];
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const manifest = (uid: string, more: Partial<Parameters<typeof appendOf>[1]> = {}) =>
  store.events.append(
    appendOf([eventOf(`manifest-${uid}`, { type: 'ManifestStored', data: encodeEvent('ManifestStored', {}) })], more),
  );

const selections = async (): Promise<readonly StoredEvent[]> =>
  (await store.events.read({ after: 0, categories: ['selection'] })).events;

/** Decides one selection per manifest version: how many of them it has folded. */
const serviceOf = (holder: string, more: Partial<DecisionServiceOptions> = {}) => {
  const manifests = new Map<string, number>();
  const versions = new Map<string, { version: number; basis: string }>();
  const active: boolean[] = [];
  const fold = ({ event, row }: Folded): string[] => {
    if (event.type === 'ManifestStored') manifests.set(row.uid, row.version);
    if (event.type === 'SelectionDecided') versions.set(row.uid, { version: row.version, basis: event.data.basis });
    return [row.uid];
  };
  const service = new DecisionService({
    name: 'scheduler',
    world: { store: store.events, bus, leases: store.leases, clock, log: silentLog, holder },
    selection: wholeCategories('manifest', 'selection'),
    fold,
    decide: async (uid) => {
      const { version, basis } = versions.get(uid) ?? { version: 0, basis: '' };
      const wanted = `manifest ${manifests.get(uid)}`;
      if (basis === wanted) return undefined;
      const place = { stream: selectionStream(uid), partition: partitionOf(uid), namespace: 'shop', uid };
      return {
        decided: {
          commandId: `${uid} ${wanted} ${version}`,
          expected: [{ stream: place.stream, version }],
          events: [outgoing('SelectionDecided', { ...place, data: { basis: wanted } })],
        },
      };
    },
    leased: false,
    onActive: (now) => active.push(now),
    ...more,
  });
  stops.push(() => service.stop());
  return { service, active };
};

const start = async (holder: string, more: Partial<DecisionServiceOptions> = {}) => {
  const one = serviceOf(holder, more);
  await one.service.start();
  await clock.advanceAsync(10);
  return one;
};

describe('a deciding service', () => {
  it('decides once for each event that asks for it', async () => {
    await manifest('u1');
    await start('a');
    await manifest('u2');
    await manifest('u1');
    await clock.advanceAsync(1_000);
    const rows = await selections();
    expect(rows.map(({ uid, version }) => `${uid} ${version}`)).toEqual(['u1 1', 'u2 1', 'u1 2']);
  });

  it('folds everything up to the head before it decides anything', async () => {
    for (let i = 0; i < 5; i++) await manifest('u1');
    await start('a');
    await clock.advanceAsync(1_000);
    expect(await selections()).toHaveLength(1);
    const again = await start('b');
    await clock.advanceAsync(1_000);
    expect([(await selections()).length, again.service.worker.depth]).toEqual([1, 0]);
  });

  it('beside another one that decides the same loses races, and nothing is decided twice', async () => {
    await start('a');
    await start('b');
    for (const uid of ['u1', 'u2', 'u3']) await manifest(uid);
    await clock.advanceAsync(5_000);
    expect((await selections()).map(({ uid }) => uid).sort()).toEqual(['u1', 'u2', 'u3']);
  });

  it('carries on the correlation and the trace of the event that asked for the decision', async () => {
    await start('a');
    const meta = { ...someMeta, correlationId: 'request-7', traceparent: '00-aaaa-bbbb-01' };
    const outcome = await manifest('u1', { meta });
    await clock.advanceAsync(100);
    const asking = (outcome as { events: readonly StoredEvent[] }).events[0]!;
    expect((await selections())[0]!.meta).toEqual({
      actor: 'service:scheduler',
      correlationId: 'request-7',
      causationId: asking.eventId,
      traceparent: '00-aaaa-bbbb-01',
    });
  });

  it('carries them on also when the decision had to be tried again', async () => {
    await start('a');
    store.events.failNextAppends();
    await manifest('u1', { meta: { ...someMeta, correlationId: 'request-8' } });
    store.events.failNextAppends('before', 'after');
    await clock.advanceAsync(5_000);
    expect((await selections()).map(({ meta }) => meta.correlationId)).toEqual(['request-8']);
  });

  it('logs a key that fails with what it belongs to', async () => {
    const lines: object[] = [];
    const log: Log = { ...silentLog, child: () => log, error: (keys) => void lines.push(keys) };
    const world = { store: store.events, bus, leases: store.leases, clock, log, holder: 'a' };
    await start('a', { world, decide: () => Promise.reject(new Error('no such policy')) });
    await manifest('u1', { meta: { ...someMeta, correlationId: 'request-9', traceparent: '00-cc-dd-01' } });
    await clock.advanceAsync(100);
    expect(lines).toMatchObject([{ key: 'u1', correlationId: 'request-9', traceparent: '00-cc-dd-01' }]);
  });

  it('gives figures of all its parts while it runs', async () => {
    const metrics = new PrometheusMetrics();
    const world = { store: store.events, bus, leases: store.leases, clock, log: silentLog, holder: 'a', metrics };
    const { service } = await start('a', { world, leased: true });
    await manifest('u1');
    await clock.advanceAsync(2_000);
    const text = await metrics.text();
    // the manifest and the own selection; each marked the key
    expect(text).toContain('skerry_consumer_folded_total{consumer="scheduler"} 2');
    expect(text).toContain('skerry_consumer_lag_positions{consumer="scheduler"} 0');
    expect(text).toContain('skerry_worker_decisions_total{worker="scheduler",outcome="done"} 2');
    expect(text).toContain('skerry_appends_total{actor="service:scheduler",answer="appended"} 1');
    expect(text).toContain('skerry_lease_held{lease="scheduler"} 1');
    await service.stop();
    expect(await metrics.text()).not.toContain('{consumer="scheduler"}');
  });

  it('tells what it has parked until it no longer has', async () => {
    const told: string[] = [];
    await bus.subscribe(`${PARKED_SUBJECT}.*`, (_subject, data) => told.push(new TextDecoder().decode(data)));
    let broken = true;
    const decide = async () => {
      if (broken) throw new Error('no such policy');
      return undefined;
    };
    const { service } = await start('a', { decide });
    await manifest('u1');
    await clock.advanceAsync(4_000);
    expect(JSON.parse(told[0]!)).toMatchObject({
      service: 'scheduler',
      keys: [{ key: 'u1', reason: 'no such policy' }],
    });
    broken = false;
    service.mark('u1');
    await clock.advanceAsync(6_000);
    expect(JSON.parse(told.at(-1)!)).toEqual({ service: 'scheduler', keys: [] });
    const count = told.length;
    await clock.advanceAsync(10_000);
    expect(told).toHaveLength(count);
  });
});

describe('a deciding service stops deciding', () => {
  it('when an event cannot be decoded, says so, and gives its lease to whoever can', async () => {
    const { service, active } = await start('a', { leased: true });
    await store.events.append(appendOf([eventOf('manifest-u9', { type: 'FromTheFuture' })]));
    await manifest('u1');
    await clock.advanceAsync(100);
    expect(service.unhealthy).toContain('event type FromTheFuture is not known to this version');
    expect([service.ready, service.active, active, await selections()]).toEqual([false, false, [true, false], []]);
    await clock.advanceAsync(10);
    expect(await store.leases.acquire({ name: 'scheduler', holder: 'b', ttlMs: 1_000 })).toMatchObject({ term: 2 });
  });

  it('when there is a message on the bus that is no event, and says so', async () => {
    const { service } = await start('a', { leased: true });
    bus.setFault(() => 'spoil');
    await manifest('u1');
    await clock.advanceAsync(100);
    expect(service.unhealthy).toBe('consumer stopped: TerminalFailure: a message is no event');
    expect([service.ready, service.active, await selections()]).toEqual([false, false, []]);
  });

  it('when it is stopped, and is told so once', async () => {
    const { service, active } = await start('a', { leased: true });
    await service.stop();
    await relay.stop();
    await manifest('u1');
    await clock.advanceAsync(10_000);
    expect([active, await selections(), clock.pending]).toEqual([[true, false], [], 0]);
  });
});

describe('a deciding service with a lease', () => {
  it('decides nothing while another one holds it, and everything once it has it', async () => {
    const first = await start('a', { leased: true, decide: async () => undefined });
    const second = await start('b', { leased: true });
    await manifest('u1');
    await clock.advanceAsync(10_000);
    expect([await selections(), second.active]).toEqual([[], []]);
    await first.service.stop();
    await clock.advanceAsync(300);
    expect([(await selections()).length, second.active]).toEqual([1, [true]]);
  });

  it('forgets what is over, with its keys, also while another one decides, and only when it has folded everything', async () => {
    const over = new Set<string>();
    const retire = (): string[] => [...over];
    await start('a', { leased: true });
    const standby = await start('b', { leased: true, retire });
    for (const uid of ['u1', 'u2', 'u3']) await manifest(uid);
    await clock.advanceAsync(1_000);
    const { worker } = standby.service;
    expect([standby.active, worker.depth]).toEqual([[], 3]);
    for (const uid of ['u1', 'u2']) over.add(uid);
    store.events.setReachable(false);
    await clock.advanceAsync(60_000);
    expect(worker.depth).toBe(3);
    store.events.setReachable(true);
    await clock.advanceAsync(30_000);
    expect(worker.depth).toBe(1);
  });

  it('forgets no key over an outage of the store that costs it the lease', async () => {
    const { active } = await start('a', { leased: true });
    await manifest('u1');
    store.events.failNextAppends('before'); // u1 goes into back-off
    await clock.advanceAsync(0);
    store.events.setReachable(false);
    store.leases.renew = () => Promise.reject(new Error('away'));
    store.leases.acquire = () => Promise.reject(new Error('away'));
    await clock.advanceAsync(10_000);
    expect([active, await noSelection()]).toEqual([[true, false], true]);
    store.events.setReachable(true);
    delete (store.leases as Partial<typeof store.leases>).renew;
    delete (store.leases as Partial<typeof store.leases>).acquire;
    await clock.advanceAsync(1_000);
    expect([active, (await selections()).length]).toEqual([[true, false, true], 1]);
  });

  it('that it loses again while it still folds decides nothing', async () => {
    let release: () => void = () => {};
    const holdUp = new Promise<void>((resolve) => (release = resolve));
    let slow = false;
    const slowHead = async () => {
      if (slow) await holdUp;
      return store.events.head();
    };
    const events = new Proxy(store.events, {
      get: (target, name: keyof MemoryStore['events']) =>
        name === 'head' ? slowHead : (target[name] as () => void).bind(target),
    });
    const world = { store: events, bus, leases: store.leases, clock, log: silentLog, holder: 'a' };
    await store.leases.acquire({ name: 'scheduler', holder: 'other', ttlMs: 1_000 });
    const { active } = await start('a', { leased: true, world });
    await manifest('u1');
    slow = true;
    await clock.advanceAsync(1_500); // elected, and folds
    await store.leases.acquire({ name: 'scheduler', holder: 'a', ttlMs: 60_000 }); // a newer term
    await clock.advanceAsync(1_000); // its renewal is refused
    release();
    slow = false;
    await clock.advanceAsync(0);
    expect([active, await selections()]).toEqual([[], []]);
  });
});

const noSelection = async (): Promise<boolean> => {
  store.events.setReachable(true);
  const none = (await selections()).length === 0;
  store.events.setReachable(false);
  return none;
};
