import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import type { ClusterJudged, ClusterPortrayed } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import {
  type ObjectObserved,
  ObjectObservedSchema,
  ObservedState,
} from '@skerry/contract/generated/skerry/v1/observed_pb';
import { BeatSchema, ReportSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { create, type MessageInitShape, toBinary } from '@skerry/contract/message';
import { servedKinds } from '@skerry/domain/cluster/served-kinds';
import { decodeEvent, type DomainEvent, encodeEvent } from '@skerry/domain/codec';
import { MAX_EVENT_BYTES, partitionOf } from '@skerry/ports/event-store/event-store';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import { appendOf } from '@skerry/testing/builders/append';
import { ClustersService } from './clusters.service.ts';
import { observedEvent } from './outgoing-events.ts';

type ReportParts = MessageInitShape<typeof ReportSchema>;

/** The service over memory adapters, under a clock that only the test moves. */
class Stage {
  readonly clock = new VirtualClock();
  readonly store = createMemoryStore({ clock: this.clock });
  readonly bus = new MemoryBus({ clock: this.clock });
  readonly metrics = new PrometheusMetrics();
  service = this.#made();

  static async start(): Promise<Stage> {
    const stage = new Stage();
    await stage.service.onApplicationBootstrap();
    await stage.pass(1_000);
    return stage;
  }

  #made(): ClustersService {
    const { clock, bus, store } = this;
    const { metrics } = this;
    const world = { store: store.events, bus, leases: store.leases, clock, log: silentLog, holder: 'test', metrics };
    return new ClustersService(world);
  }

  async restart(): Promise<void> {
    await this.service.onApplicationShutdown();
    this.service = this.#made();
    await this.service.onApplicationBootstrap();
    await this.pass(1_000);
  }

  /** An observation that was on its way to the store when its cluster went. */
  async late(clusterUid: string, object: MessageInitShape<typeof ObjectObservedSchema>): Promise<void> {
    const data = create(ObjectObservedSchema, { ...object, cluster: 'a', clusterUid });
    const outcome = await this.store.events.append(appendOf([{ ...observedEvent(data), cluster: 'a' }]));
    if (outcome.kind === 'appended') await this.bus.publishEvents(outcome.events);
    await this.pass(100);
  }

  async close(): Promise<void> {
    await this.service.onApplicationShutdown();
    await this.bus.close();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await this.clock.advanceAsync(0);
  }

  /** A Cluster object named `a` with this uid is stored, or deleted. */
  async cluster(uid: string, type: 'ManifestStored' | 'ManifestDeleted'): Promise<void> {
    const ref = { group: 'skerry.dev', version: 'v1alpha1', resource: 'clusters', kind: 'Cluster', name: 'a', uid };
    const object = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Cluster', metadata: { name: 'a', uid }, spec: {} };
    const body = { at: { case: 'inline' as const, value: new TextEncoder().encode(JSON.stringify(object)) } };
    const data = type === 'ManifestStored' ? encodeEvent(type, { ref, body }) : encodeEvent(type, { ref });
    const stream = 'manifest-skerry.dev/clusters//a';
    const event = { stream, type, data, partition: partitionOf(uid), namespace: '', uid, cluster: '' };
    const outcome = await this.store.events.append(appendOf([event]));
    if (outcome.kind === 'appended') await this.bus.publishEvents(outcome.events);
    await this.pass(100);
  }

  async report(parts: ReportParts): Promise<void> {
    const incarnation = this.service.decisions.consumer.incarnation;
    const report = create(ReportSchema, { cluster: 'a', term: 7n, sequence: 1n, incarnation, ...parts });
    await this.bus.publishReport({ cluster: 'a', data: toBinary(ReportSchema, report) });
    await this.pass(1_100);
  }

  async beat(clusterUid: string, lastSequence = 1n, parts: MessageInitShape<typeof BeatSchema> = {}): Promise<void> {
    const incarnation = this.service.decisions.consumer.incarnation;
    const beat = create(BeatSchema, {
      cluster: 'a',
      clusterUid,
      term: 7n,
      lastSequence,
      incarnation,
      apiReady: true,
      ...parts,
    });
    this.bus.publish('beat.a', toBinary(BeatSchema, beat));
    await this.pass(1_100);
  }

  async said<Type extends DomainEvent['type']>(type: Type): Promise<Extract<DomainEvent, { type: Type }>['data'][]> {
    const { events } = await this.store.events.read({ after: 0 });
    return events.filter((row) => row.type === type).map((row) => decodeEvent(row).data) as never;
  }
}

const web = (ready: number) => ({
  ref: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'web-uid' },
  state: ObservedState.APPLIED,
  hasCount: true,
  count: { replicas: ready, ready, updated: ready, lowestReady: ready },
});
const complete = { completeBegin: true, completeEnd: true };
const short = ({ clusterUid, reason, count }: ObjectObserved) => [clusterUid, reason, count?.ready];

describe('a cluster that is removed, and another one that is joined under its name', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.start();
    await stage.cluster('old', 'ManifestStored');
    await stage.report({ clusterUid: 'old', objects: [web(3)], ...complete });
    await stage.beat('old');
    await stage.cluster('old', 'ManifestDeleted');
  });
  afterEach(() => stage.close());

  it('has its reports taken from the first on, whatever term the other one had', async () => {
    await stage.cluster('new', 'ManifestStored');
    await stage.report({ clusterUid: 'new', term: 2n, objects: [web(1)], ...complete });
    expect((await stage.said('ObjectObserved')).map(short)).toEqual([
      ['old', '', 3],
      ['new', '', 1],
    ]);
  });

  it('is not credited with what the other one reported, nor with a report that comes late', async () => {
    await stage.cluster('new', 'ManifestStored');
    await stage.report({ clusterUid: 'old', sequence: 2n, objects: [web(5)] });
    await stage.report({ clusterUid: 'new', term: 2n, objects: [], ...complete });
    expect((await stage.said('ObjectObserved')).map(short)).toEqual([['old', '', 3]]);
  });

  it('leaves nothing behind, not even when what it reported last is recorded late, nor after a restart', async () => {
    await stage.late('old', web(2));
    expect(stage.service.state.kept).toBe(0);
    await stage.restart();
    expect(stage.service.state.kept).toBe(0);
  });

  it('says itself what the other one said, although it is the same', async () => {
    await stage.cluster('new', 'ManifestStored');
    await stage.report({ clusterUid: 'new', term: 2n, objects: [web(3)], ...complete });
    expect((await stage.said('ObjectObserved')).map(short)).toEqual([
      ['old', '', 3],
      ['new', '', 3],
    ]);
  });

  it('is judged by its own beats only', async () => {
    await stage.cluster('new', 'ManifestStored');
    await stage.beat('old');
    const verdicts = async () => (await stage.said('ClusterJudged')).map((one: ClusterJudged) => Verdict[one.verdict]);
    const shown = async () => /verdict="(.*)"/.exec(await stage.metrics.text())?.[1];
    expect([await verdicts(), await shown()]).toEqual([['READY', 'LEFT'], 'Unknown']);
    await stage.beat('new');
    expect([await verdicts(), await shown()]).toEqual([['READY', 'LEFT', 'READY'], 'Ready']);
  });
});

describe('a Cluster object that is replaced at once', () => {
  it('has what the other one reported last and it does not report itself recorded as not there', async () => {
    const stage = await Stage.start();
    await stage.cluster('old', 'ManifestStored');
    await stage.report({ clusterUid: 'old', objects: [web(3)], ...complete });
    await stage.cluster('new', 'ManifestStored');
    await stage.report({ clusterUid: 'new', term: 2n, objects: [], ...complete });
    expect((await stage.said('ObjectObserved')).map(short)).toEqual([
      ['old', '', 3],
      ['new', 'NotReported', 0],
    ]);
    await stage.close();
  });

  it('begins without a verdict, also when nobody saw that the one before had gone', async () => {
    const stage = await Stage.start();
    await stage.cluster('old', 'ManifestStored');
    await stage.beat('old');
    await stage.cluster('new', 'ManifestStored');
    const judged = (await stage.said('ClusterJudged')).map(({ clusterUid, verdict }) => [clusterUid, Verdict[verdict]]);
    expect(judged).toEqual([
      ['old', 'READY'],
      ['new', 'UNKNOWN'],
    ]);
    await stage.close();
  });
});

describe('what a cluster reports again', () => {
  it('is recorded when it is news: another count, or another dip, also one as deep as the last', async () => {
    const stage = await Stage.start();
    await stage.cluster('u', 'ManifestStored');
    const dip = { ...web(3), count: { ...web(3).count, lowestReady: 1 } };
    let sequence = 0n;
    for (const object of [web(3), web(3), dip, dip, web(3), web(3), web(2)]) {
      sequence += 1n;
      await stage.report({ clusterUid: 'u', sequence, objects: [object], ...complete });
    }
    const counts = (await stage.said('ObjectObserved')).map(({ count }) => [count!.ready, count!.lowestReady]);
    expect(counts).toEqual([
      [3, 3],
      [3, 1],
      [3, 1],
      [3, 3],
      [2, 2],
    ]);
    await stage.close();
  });
});

describe('what comes under the subject of one cluster', () => {
  let stage: Stage;
  const portrait = { nodes: 3, kinds: ['v1/ConfigMap'], kindsComplete: true };
  beforeEach(async () => {
    stage = await Stage.start();
    await stage.cluster('u', 'ManifestStored');
  });
  afterEach(() => stage.close());
  const recorded = async () => {
    const [observed, portraits] = [await stage.said('ObjectObserved'), await stage.said('ClusterPortrayed')];
    return [...observed, ...portraits].map(({ cluster, clusterUid }) => `${cluster}/${clusterUid}`);
  };

  interface Claims {
    readonly cluster?: string;
    readonly clusterUid?: string;
    readonly objects?: (ReturnType<typeof web> & { cluster?: string; clusterUid?: string })[];
    readonly portrait?: typeof portrait & { cluster?: string; clusterUid?: string };
  }
  it.each<[string, Claims]>([
    ['as a whole', { cluster: 'b' }],
    ['as a whole, by uid', { clusterUid: 'other' }],
    ['in one object', { objects: [web(3), { ...web(1), cluster: 'b' }] }],
    ['in one object, by uid', { objects: [{ ...web(1), clusterUid: 'other' }] }],
    ['in its portrait', { portrait: { ...portrait, cluster: 'b' } }],
    ['in its portrait, by uid', { portrait: { ...portrait, cluster: 'a', clusterUid: 'other' } }],
  ])(
    'is not taken when it speaks of another cluster %s, and its own syncer is heard as before',
    async (_where, parts) => {
      await stage.report({
        clusterUid: 'u',
        objects: [web(3)],
        portrait: { ...portrait, cluster: 'a' },
        ...complete,
        ...parts,
      });
      expect(await recorded()).toEqual([]);
      const own = { cluster: 'a', clusterUid: 'u' };
      const objects = [{ ...web(3), ...own }];
      await stage.report({ ...own, objects, portrait: { ...portrait, ...own }, ...complete });
      expect(await recorded()).toEqual(['a/u', 'a/u']);
    },
  );

  it('is not taken when it speaks of no object, and nothing that it should have said is vouched for', async () => {
    await stage.report({ clusterUid: 'u', objects: [web(3), { state: ObservedState.APPLIED }], ...complete });
    expect(await recorded()).toEqual([]);
    await stage.report({ clusterUid: 'u', objects: [web(3)], ...complete });
    expect(await recorded()).toEqual(['a/u']);
  });

  it('is recorded as of that cluster, also where it does not say so', async () => {
    await stage.report({ objects: [web(3)], portrait, ...complete });
    expect(await recorded()).toEqual(['a/u', 'a/u']);
  });

  it.each([{ cluster: 'b' }, { clusterUid: 'other' }])(
    'proves no life of it when it is a beat of another (%j)',
    async (parts) => {
      await stage.beat('u', 1n, parts);
      expect(await stage.said('ClusterJudged')).toEqual([]);
      await stage.beat('u');
      expect((await stage.said('ClusterJudged')).map(({ verdict }) => Verdict[verdict])).toEqual(['READY']);
    },
  );
});

describe('a portrait', () => {
  const kinds = Array.from(
    { length: 2_000 },
    (_, n) => `group${n % 80}.some-vendor.example.com/v1beta1/ProviderResource${n}`,
  );
  const portrait = { cluster: 'a', nodes: 3, kinds, kindsComplete: true };
  const portraits = (stage: Stage): Promise<ClusterPortrayed[]> => stage.said('ClusterPortrayed');

  it('with 2,000 kinds is recorded with all of them, once', async () => {
    const stage = await Stage.start();
    await stage.cluster('old', 'ManifestStored');
    await stage.report({ portrait, ...complete });
    await stage.report({ portrait, sequence: 2n });
    const [recorded, ...more] = await portraits(stage);
    expect(more).toEqual([]);
    expect(recorded!.kindsComplete).toBe(true);
    expect(servedKinds(recorded!).sort()).toEqual([...kinds].sort());
    const { events } = await stage.store.events.read({ after: 0, categories: ['cluster'] });
    expect(Math.max(...events.map(({ data }) => data.byteLength))).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    await stage.close();
  });

  it('of a cluster that was joined anew is recorded although the other one had the same', async () => {
    const stage = await Stage.start();
    await stage.cluster('old', 'ManifestStored');
    await stage.report({ clusterUid: 'old', portrait, ...complete });
    await stage.cluster('new', 'ManifestStored');
    await stage.report({ clusterUid: 'new', portrait, ...complete });
    expect((await portraits(stage)).map(({ clusterUid }) => clusterUid)).toEqual(['old', 'new']);
    await stage.close();
  });
});

describe('a report of an object that is too large for an event', () => {
  let stage: Stage;
  let forwarded: number;
  const huge = 'x'.repeat(70_000);
  const fallen = (parts: object) => ({ clusterUid: 'u', objects: [{ ...web(0), placementVersion: 4n, ...parts }] });
  beforeEach(async () => {
    stage = await Stage.start();
    forwarded = 0;
    await stage.bus.subscribe('fbeat.a', () => void (forwarded += 1));
    await stage.cluster('u', 'ManifestStored');
    await stage.report({ clusterUid: 'u', objects: [web(3)], ...complete });
    await stage.beat('u');
    expect(forwarded).toBe(1);
  });
  afterEach(() => stage.close());

  it('is recorded with what decisions read of it, beside the others of its batch, and once', async () => {
    const other = { ...web(2), ref: { ...web(2).ref, name: 'other', uid: 'other-uid' } };
    const [fell] = fallen({ reason: huge, message: huge, status: Buffer.from(huge) }).objects;
    await stage.report({ clusterUid: 'u', sequence: 2n, objects: [fell!, other] });
    await stage.report({ clusterUid: 'u', sequence: 3n, objects: [fell!] });
    await stage.beat('u', 3n);
    const recorded = (await stage.said('ObjectObserved')).slice(1);
    expect(recorded.map((one) => [one.ref!.name, one.count!.ready])).toEqual([
      ['web', 0],
      ['other', 2],
    ]);
    expect(recorded[0]).toMatchObject({ state: ObservedState.APPLIED, placementVersion: 4n, clusterUid: 'u' });
    expect(recorded[0]!.message).toMatch(/^too large to be recorded \(2\d+ bytes\)/);
    expect(recorded[0]!.status).toHaveLength(0);
    expect([forwarded, stage.service.unhealthy]).toEqual([2, undefined]);
  });

  it('and even so is refused makes nothing of the cluster evidence, until something of it can be recorded', async () => {
    await stage.report({ sequence: 2n, ...fallen({ memberUid: huge }) });
    await stage.beat('u', 2n);
    expect([forwarded, await stage.said('ObjectObserved')]).toEqual([1, [expect.anything()]]);
    expect(stage.service.unhealthy).toContain('a (web-uid)');
    await stage.report({ sequence: 3n, ...fallen({}) });
    expect(forwarded).toBe(1);
    await stage.beat('u', 3n);
    expect([forwarded, stage.service.unhealthy]).toEqual([2, undefined]);
  });
});

describe('a beat', () => {
  it('is not forwarded when the intake stops before what it names is recorded', async () => {
    const stage = await Stage.start();
    let forwarded = 0;
    await stage.bus.subscribe('fbeat.a', () => void (forwarded += 1));
    await stage.cluster('u', 'ManifestStored');
    await stage.report({ clusterUid: 'u', objects: [web(3)], ...complete });
    stage.store.events.setReachable(false);
    await stage.report({ clusterUid: 'u', sequence: 2n, objects: [web(0)] });
    await stage.beat('u', 2n);
    const stopped = stage.service.onApplicationShutdown();
    await stage.pass(1_000);
    await stopped;
    stage.store.events.setReachable(true);
    expect([forwarded, (await stage.said('ObjectObserved')).map(short)]).toEqual([0, [['u', '', 3]]]);
    await stage.bus.close();
  });
});
