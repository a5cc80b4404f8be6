import { randomUUID } from 'node:crypto';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { MemoryHubSource } from '@skerry/adapters/memory/hub-source';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { fromBinary } from '@skerry/contract/message';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ObjectObserved } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { type Report, ReportSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { encodeEvent } from '@skerry/domain/codec';
import { causeOf, desiredStream } from '@skerry/domain/desired/desired';
import { observedStream, STATE_NAMES } from '@skerry/domain/observed/observed';
import type { Json } from '@skerry/engines/rendering/json-patch';
import { memberManifest } from '@skerry/engines/rendering/render';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { NewEvent } from '@skerry/ports/event-store/event-store';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { Member } from '@skerry/ports/member/member';
import { hashOf } from '@skerry/runtime/hash';
import { Relay } from '@skerry/runtime/relay/relay';
import type { Metrics } from '@skerry/runtime/telemetry/metrics';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import { createLog, type Log, silentLog } from '@skerry/runtime/telemetry/log';
import { appendOf } from '../builders/append.ts';
import { Hand, type Manifest, pluralOf } from './hand.ts';
import { SkippingClock } from './skipping-clock.ts';
import { WatchedMember } from './watched-member.ts';

/** A member cluster for the suite: real, or one that behaves like it. */
export interface OpenedMember {
  /** a new access with all rights: for a syncer, or for somebody's hand */
  access(): Member;
  /** its controllers, or the nodes that start and end pods, stand still until the result is called */
  freeze(part: 'controllers' | 'nodes'): () => void;
  close(): Promise<void>;
}

/** What a syncer is made of. */
export interface SyncerParts {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly member: Member;
  readonly hub: HubSource;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly holder: string;
  readonly random: () => number;
}

export interface SyncerUnderTest {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** why it does nothing any more */
  readonly unhealthy: string | undefined;
}

export type MakeSyncer = (parts: SyncerParts) => SyncerUnderTest;

export interface RunningSyncer {
  readonly member: WatchedMember;
  readonly unhealthy: string | undefined;
  stop(): Promise<void>;
}

interface Beginning {
  readonly holder?: string;
  readonly watched?: WatchedMember;
  readonly clusterUid?: string;
}

export const CLUSTER = 'c1';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/skerry-system/leases/skerry-syncer';
const log: Log = process.env['SKERRY_TEST_LOG'] ? createLog({ level: 'debug' }) : silentLog;

/** One member, and of the hub what its syncer meets: orders go in as events, reports come out and are kept as events. */
export class SyncerStage {
  readonly clock = new SkippingClock();
  readonly hand: Hand;
  readonly hub: MemoryHubSource;
  readonly bus = new MemoryBus();
  /** the namespace of this test, made by nobody yet */
  readonly namespace = `t-${randomUUID().slice(0, 8)}`;
  readonly store: MemoryStore = createMemoryStore();
  readonly reports: Report[] = [];
  readonly metrics = new PrometheusMetrics();
  readonly #opened: OpenedMember;
  readonly #makeSyncer: MakeSyncer;
  readonly #relay: Relay;
  readonly #refs = new Map<string, ObjectRef>();
  readonly #observed = new Map<string, ObjectObserved>();
  readonly #running = new Set<RunningSyncer>();
  #placementVersion = 0;

  private constructor(opened: OpenedMember, makeSyncer: MakeSyncer) {
    this.#opened = opened;
    this.#makeSyncer = makeSyncer;
    this.hand = new Hand(opened.access());
    this.hub = new MemoryHubSource({ store: this.store.events, cluster: CLUSTER });
    this.#relay = new Relay({ store: this.store.events, bus: this.bus, clock: systemClock, log });
  }

  /** The member knows no hub yet: what earlier tests left in it is nobody's any more. */
  static async open(opened: OpenedMember, makeSyncer: MakeSyncer): Promise<SyncerStage> {
    const stage = new SyncerStage(opened, makeSyncer);
    await stage.hand.remove(LEASE);
    await stage.#relay.start();
    await stage.bus.subscribeReports(async ({ data }) => stage.#onReport(fromBinary(ReportSchema, data)));
    return stage;
  }

  async close(): Promise<void> {
    for (const syncer of [...this.#running]) await syncer.stop();
    await this.#relay.stop();
    await this.bus.close();
    await this.hand.remove(`/api/v1/namespaces/${this.namespace}`);
    await this.hand.close();
  }

  freeze(part: 'controllers' | 'nodes'): () => void {
    return this.#opened.freeze(part);
  }

  /** Starts a syncer; it acts as soon as it gets the lease. */
  async begin({ holder = 'first', watched, clusterUid = 'uid-of-c1' }: Beginning = {}): Promise<RunningSyncer> {
    const member = watched ?? this.access();
    const syncer = this.#makeSyncer({
      cluster: CLUSTER,
      clusterUid,
      member,
      hub: this.hub,
      bus: this.bus,
      clock: this.clock,
      log,
      metrics: this.metrics,
      holder,
      random: Math.random,
    });
    const running: RunningSyncer = {
      member,
      get unhealthy() {
        return syncer.unhealthy;
      },
      stop: async () => {
        if (!this.#running.delete(running)) return;
        await syncer.stop();
        await member.close();
      },
    };
    this.#running.add(running);
    await syncer.start();
    return running;
  }

  access(): WatchedMember {
    return new WatchedMember(this.#opened.access());
  }

  /** The hub desires this object here; answers its uid. Desired again under its uid it is an edit. `told`: its count, if the hub counts it. */
  async desire(manifest: Manifest, { uid = randomUUID() as string, adopt = false, told = 0 } = {}): Promise<string> {
    const inline = new TextEncoder().encode(JSON.stringify(memberManifest(manifest as unknown as Json, uid)));
    const slash = manifest.apiVersion.indexOf('/');
    const ref = {
      group: slash < 0 ? '' : manifest.apiVersion.slice(0, slash),
      version: manifest.apiVersion.slice(slash + 1),
      resource: pluralOf(manifest.kind),
      kind: manifest.kind,
      namespace: manifest.metadata.namespace ?? '',
      name: manifest.metadata.name,
      uid,
    } as ObjectRef;
    this.#refs.set(uid, ref);
    const placementVersion = BigInt((this.#placementVersion += 1));
    const body = { at: { case: 'inline' as const, value: inline } };
    const data = {
      ref,
      cluster: CLUSTER,
      placementVersion,
      body,
      adopt,
      hash: hashOf(inline),
      told,
      hasReplicas: told > 0,
    };
    await this.#append(ref, { type: 'ObjectDesired', data: encodeEvent('ObjectDesired', data) });
    return uid;
  }

  async withdraw(uid: string, cause: 'owner' | 'move' | 'policy' = 'owner'): Promise<void> {
    const ref = this.#refs.get(uid)!;
    const data = encodeEvent('ObjectWithdrawn', { ref, cluster: CLUSTER, cause: causeOf(cause) });
    await this.#append(ref, { type: 'ObjectWithdrawn', data });
  }

  /** The hub forgets the object: what is left of it in the member is an orphan. */
  async forget(uid: string): Promise<void> {
    const ref = this.#refs.get(uid)!;
    const data = encodeEvent('WithdrawalEnded', { ref, cluster: CLUSTER, how: 'confirmed' });
    await this.#append(ref, { type: 'WithdrawalEnded', data });
  }

  /** The last word on the object; undefined when nothing was said. */
  observed(uid: string): ObjectObserved | undefined {
    return this.#observed.get(uid);
  }

  /** Like `Waiting Terminating`, or empty. */
  said(uid: string): string {
    const observed = this.#observed.get(uid);
    return observed ? `${STATE_NAMES[observed.state]} ${observed.reason}`.trim() : '';
  }

  repairs(uid: string): { action: string; manager: string; fields: readonly string[] }[] {
    return this.reports.flatMap(({ objects }) =>
      objects
        .filter(({ ref }) => ref!.uid === uid)
        .flatMap(({ repairs }) => repairs.map(({ action, manager, fields }) => ({ action, manager, fields }))),
    );
  }

  #onReport(report: Report): void {
    this.reports.push(report);
    for (const object of report.objects) {
      this.#observed.set(object.ref!.uid, object);
      void this.#keep({ ...object, cluster: CLUSTER, clusterUid: report.clusterUid });
    }
  }

  /** What `clusters` does with it: a syncer that starts anew reads there what was applied. */
  async #keep(object: ObjectObserved): Promise<void> {
    const { uid, namespace } = object.ref!;
    const event = {
      stream: observedStream(CLUSTER, uid),
      type: 'ObjectObserved',
      data: encodeEvent('ObjectObserved', object),
    };
    await this.store.events.append(appendOf([{ ...event, partition: CLUSTER, namespace, uid, cluster: CLUSTER }]));
  }

  async #append(ref: ObjectRef, event: Pick<NewEvent, 'type' | 'data'>): Promise<void> {
    const { uid, namespace } = ref;
    const stream = desiredStream(CLUSTER, uid);
    const outcome = await this.store.events.append(
      appendOf([{ ...event, stream, partition: CLUSTER, namespace, uid, cluster: CLUSTER }]),
    );
    if (outcome.kind !== 'appended') throw new Error(`not appended: ${outcome.kind}`);
  }
}
