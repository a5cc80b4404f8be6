import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamBus, openJetStreamBus } from '@skerry/adapters/jetstream/bus';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { openPostgresStore, type PostgresStore } from '@skerry/adapters/postgres/store';
import { TransientFailure } from '@skerry/kernel/errors';
import { startTestNatsServer, startTestPostgresServer } from '@skerry/testing/infra/infra';
import type { TestNatsServer, TestPostgresServer } from '@skerry/testing/infra/test-servers';
import { type Position, type StoredEvent } from '@skerry/ports/event-store/event-store';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { type ChannelSelection, selectsChannel } from '@skerry/runtime/consumer/channel-selection';
import { Consumer, type ConsumerOptions } from '@skerry/runtime/consumer/consumer';
import { Leadership } from '@skerry/runtime/lease/leadership';
import { Relay } from '@skerry/runtime/relay/relay';
import type { World } from '@skerry/runtime/service/decision-service';
import { silentLog } from '@skerry/runtime/telemetry/log';

/** A real store and a real bus that can be killed, and the world that services are given on them. */
export interface Sea {
  readonly postgres: TestPostgresServer;
  readonly nats: TestNatsServer;
  readonly store: PostgresStore;
  readonly world: World;
  openBus(): Promise<JetStreamBus>;
  close(): Promise<void>;
}

export const openSea = async (): Promise<Sea> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-attack-')));
  const [postgres, nats] = await Promise.all([
    startTestPostgresServer({ dir: join(folder, 'postgres') }),
    startTestNatsServer({ dir: join(folder, 'nats') }),
  ]);
  const store = await openPostgresStore({
    connectionString: postgres.url,
    masterKeyPath: join(folder, 'master.key'),
  });
  const buses: JetStreamBus[] = [];
  const openBus = async (): Promise<JetStreamBus> => {
    const { user, password } = nats.users[0]!;
    const bus = await openJetStreamBus({ servers: nats.url, user, password, name: 'attack', makesStreams: true });
    buses.push(bus);
    return bus;
  };
  const bus = await openBus();
  const world = { store: store.events, bus, leases: store.leases, clock: systemClock, log: silentLog };
  return {
    postgres,
    nats,
    store,
    world: { ...world, holder: randomUUID() },
    openBus,
    close: async () => {
      await Promise.all(buses.map((one) => one.close()));
      await store.close();
      await Promise.all([postgres.discard(), nats.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A relay that publishes while it holds the lease, as the service does. */
export const startLeasedRelay = async (world: World): Promise<() => Promise<void>> => {
  let relay: Relay | undefined;
  const begin = async (): Promise<void> => {
    const mine = (relay = new Relay(world));
    await mine.start().catch(() => world.clock.after(200, () => void (relay === mine && begin())));
  };
  const leadership = new Leadership({
    ...world,
    name: 'relay',
    onElected: () => void begin(),
    onLost: () => {
      void relay?.stop();
      relay = undefined;
    },
  });
  await leadership.start();
  return () => leadership.stop();
};

/** A consumer that writes down what it folds after its start. */
export interface Witness {
  readonly consumer: Consumer;
  /** positions of each channel that differ from the store's, `''` when none do */
  missing(rows: readonly StoredEvent[]): string;
}

export const startWitness = async (
  world: World,
  { selection, ...more }: Partial<ConsumerOptions> & { readonly selection: ChannelSelection },
): Promise<Witness> => {
  const folded = new Map<string, Position[]>();
  const since = (await world.store.head()).position;
  const fold = ({ channel, position }: StoredEvent): void => {
    const positions = folded.get(channel);
    if (positions) positions.push(position);
    else if (position > since) folded.set(channel, [position]);
  };
  const consumer = new Consumer({ ...world, name: 'witness', selection, fold, ...more });
  await consumer.start();
  const missing = (rows: readonly StoredEvent[]): string => {
    const expected = new Map<string, Position[]>();
    for (const { channel, position } of rows) {
      if (!selectsChannel(selection, channel)) continue;
      const positions = expected.get(channel);
      if (positions) positions.push(position);
      else expected.set(channel, [position]);
    }
    for (const channel of new Set([...expected.keys(), ...folded.keys()])) {
      const [want, have] = [expected.get(channel) ?? [], folded.get(channel) ?? []];
      if (want.length === have.length && want.every((position, index) => position === have[index])) continue;
      return `${channel}: ${have.length} of ${want.length} folded, first difference ${want.find((p, i) => p !== have[i])}`;
    }
    return '';
  };
  return { consumer, missing };
};

/** All rows behind a position, page by page. */
export const rowsAfter = async (world: World, after: Position): Promise<StoredEvent[]> => {
  const rows: StoredEvent[] = [];
  const { position: head } = await world.store.head();
  for (let at = after; at < head;) {
    const range = await world.store.read({ after: at, limit: 5_000 });
    rows.push(...range.events);
    at = range.through;
  }
  return rows;
};

/** `deadlineMs` after the fault has ended every witness has folded every row, in channel order, once. */
export const allComplete = async (
  world: World,
  { since, witnesses, deadlineMs = 3_000 }: { since: Position; witnesses: readonly Witness[]; deadlineMs?: number },
): Promise<number> => {
  const startedMs = performance.now();
  const rows = await rowsAfter(world, since);
  let left = '';
  const holds = (): boolean => (left = witnesses.map((one) => one.missing(rows)).join('')) === '';
  await waitUntil('every event was folded', { holds, deadlineMs }).catch((error: unknown) => {
    throw new Error(`${String(error)} (${left})`);
  });
  return performance.now() - startedMs;
};

let streams = 0;

/** Appends events of three categories in batches, each repeated until the store answers. */
export const appendMany = async (
  world: World,
  { count, batch = 200, onBatch }: { count: number; batch?: number; onBatch?: (done: number) => void },
): Promise<void> => {
  const eventAt = (index: number) => {
    const uid = `u${(streams + index) % 50}`;
    const cluster = `c${(streams + index) % 3}`;
    if (index % 3 === 0) return eventOf(`desired-${cluster}/${uid}`, { uid, cluster, partition: cluster });
    return eventOf(`${index % 3 === 1 ? 'scale' : 'placement'}-${uid}`, { uid });
  };
  for (let done = 0; done < count; done += batch) {
    const request = appendOf(Array.from({ length: Math.min(batch, count - done) }, (_, i) => eventAt(done + i)));
    await untilAnswered(() => world.store.append(request));
    onBatch?.(done + batch);
  }
  streams += 7;
};

const untilAnswered = async (append: () => Promise<{ kind: string }>): Promise<void> => {
  for (;;) {
    try {
      const { kind } = await append();
      if (kind !== 'appended' && kind !== 'already-there') throw new Error(`append answered ${kind}`);
      return;
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};
