import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubClient } from '@skerry/adapters/hub/hub-client';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { MemoryMember } from '@skerry/adapters/memory/member';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { createKubeApi, type KubeApi } from '@skerry/kube-api/kube-api';
import { createLog, type Log, silentLog } from '@skerry/runtime/telemetry/log';
import { PrometheusMetrics } from '@skerry/runtime/telemetry/prometheus';
import { startStatusBeat } from '@skerry/runtime/telemetry/status-beat';
import type { ClusterOrders } from '@skerry/ports/hub-source/hub-source';
import { tracedWorld } from '@skerry/runtime/tracing/traced';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { ClusterSyncer } from '@skerry/syncer/cluster-syncer';
import { Agent, request } from 'undici';
import { type Credentials, openCredentials, writeKubeconfig } from './credentials.ts';
import { type Hub, startHub } from './start-hub.ts';
import { SyncerTokens } from './syncer-tokens.ts';

export interface Answer {
  readonly status: number;
  readonly body: any;
}

/** The whole hub over memory adapters, with members that are an API without controllers. */
export interface MemoryHub {
  readonly store: MemoryStore;
  /** of the hub and of all syncers, over restarts */
  readonly metrics: PrometheusMetrics;
  /** another one after `restoreHub` */
  readonly bus: MemoryBus;
  readonly hub: Hub;
  /** leads an administrator to the hub, also after `restartHub` */
  readonly kubeconfigPath: string;
  /** `headers`: besides those that every request has */
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  apply(object: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } }): Promise<Answer>;
  join(name: string, spec?: object): Promise<MemberEnd>;
  restartHub(): Promise<void>;
  /** hub and syncers end; the store is as it was at that position and adopted, the bus is empty; the hub starts */
  restoreHub(position: number): Promise<void>;
  /** The store as it was then, which nobody adopts, under the same bus; answers why the hub does not start. */
  putBack(position: number): Promise<unknown>;
  close(): Promise<void>;
}

export interface MemberEnd {
  readonly api: KubeApi;
  /** the running one */
  readonly syncer: ClusterSyncer;
  /** requests that were to change something, leases left out */
  readonly mutations: string[];
  /** bodies of the same, by path, in the order in which they came */
  readonly sent: Map<string, any[]>;
  /** what its syncer reads of people's orders */
  orders(): Promise<ClusterOrders>;
  get(path: string): Promise<any>;
  /** the same as text: its numbers are as they are written */
  text(path: string): Promise<string | undefined>;
  stopSyncer(): Promise<void>;
  /** a new one over the same cluster, as after a restart of its process */
  startSyncer(): Promise<void>;
}

const log: Log = process.env['SKERRY_TEST_LOG'] ? createLog({ level: 'debug' }) : silentLog;
const ADMIN = { name: 'test', groups: ['system:masters'] };

const PLURALS: Record<string, string> = {
  ConfigMap: 'configmaps',
  Deployment: 'deployments',
  Namespace: 'namespaces',
  Secret: 'secrets',
  Service: 'services',
  PlacementPolicy: 'placementpolicies',
  ClusterPlacementPolicy: 'clusterplacementpolicies',
  OverridePolicy: 'overridepolicies',
  Cluster: 'clusters',
  StatefulSet: 'statefulsets',
  CustomResourceDefinition: 'customresourcedefinitions',
};

export const pathOf = ({
  apiVersion,
  kind,
  metadata,
}: {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}): string => {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return `${prefix}${metadata.namespace ? `/namespaces/${metadata.namespace}` : ''}/${plural}/${metadata.name}`;
};

export const startMemoryHub = async ({ tracing }: { tracing?: Tracing } = {}): Promise<MemoryHub> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-hub-'));
  const store = createMemoryStore();
  let bus = new MemoryBus();
  const metrics = new PrometheusMetrics({ process: true });
  const credentials = await openCredentials(dir);
  let stopBeat = (): void => {};
  const start = async (): Promise<Hub> => {
    const holder = randomUUID();
    const ports = { store: store.events, bus, leases: store.leases, clock: systemClock, log, holder, metrics };
    const world = tracedWorld(ports, tracing);
    const gateway = {
      host: '127.0.0.1',
      port: 0,
      tls: credentials.tls,
      tokensPath: credentials.tokensPath,
      bodyLimitBytes: 3_000_000,
    };
    const started = await startHub({ world, blobs: store.blobs, gateway });
    stopBeat();
    stopBeat = startStatusBeat({
      ...{ process: 'hub', holder, bus, clock: systemClock, sources: () => metrics.sources },
      unhealthy: () => started.unhealthy(),
      unready: () => [],
    });
    writeKubeconfig(credentials, started.url);
    return started;
  };
  let hub = await start();
  const agent = new Agent({ connect: { ca: credentials.ca } });
  const syncers: ClusterSyncer[] = [];
  const call = async (method: string, path: string, body?: unknown, more: object = {}): Promise<Answer> => {
    const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
    const answer = await request(`${hub.url}${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: { authorization: `Bearer ${credentials.adminToken}`, 'content-type': type, ...more },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  };
  return {
    store,
    metrics,
    get bus() {
      return bus;
    },
    get hub() {
      return hub;
    },
    kubeconfigPath: credentials.kubeconfigPath,
    call,
    apply: (object) => call('PATCH', `${pathOf(object)}?fieldManager=test&force=true`, object),
    join: (name, spec = {}) =>
      joinMember({ name, spec, call, credentials, dir, bus: () => bus, url: () => hub.url, syncers, metrics, tracing }),
    restartHub: async () => {
      await hub.stop();
      hub = await start();
    },
    restoreHub: async (position) => {
      await Promise.all(syncers.map((syncer) => syncer.stop()));
      await hub.stop();
      store.events.restoreTo(position);
      store.events.adoptRestored();
      bus = new MemoryBus();
      hub = await start();
    },
    putBack: async (position) => {
      await Promise.all(syncers.map((syncer) => syncer.stop()));
      await hub.stop();
      store.events.restoreTo(position);
      return start().then(
        () => undefined,
        (error: unknown) => error,
      );
    },
    close: async () => {
      stopBeat();
      await Promise.all(syncers.map((syncer) => syncer.stop()));
      await hub.stop();
      await agent.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

interface Joining {
  readonly name: string;
  readonly spec: object;
  readonly call: MemoryHub['call'];
  readonly credentials: Credentials;
  readonly dir: string;
  readonly bus: () => MemoryBus;
  readonly url: () => string;
  readonly syncers: ClusterSyncer[];
  readonly metrics: PrometheusMetrics;
  readonly tracing: Tracing | undefined;
}

const joinMember = async (joining: Joining): Promise<MemberEnd> => {
  const { name, spec, call, credentials, dir, bus, url, syncers, metrics, tracing } = joining;
  const api = createKubeApi({
    store: new MemoryObjectStore(),
    environment: { now: () => new Date(), newUid: randomUUID, after: systemClock.after },
  });
  await api.start();
  const mutations: string[] = [];
  const sent = new Map<string, any[]>();
  const member = new MemoryMember((asked) => {
    if (asked.method !== 'GET' && !asked.path.includes('/leases')) {
      mutations.push(`${asked.method} ${asked.path}`);
      const path = asked.path.split('?')[0]!;
      sent.set(path, [...(sent.get(path) ?? []), JSON.parse(asked.body?.toString() || 'null')]);
    }
    return api.handle(asked);
  });
  const cluster = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Cluster', metadata: { name }, spec };
  const joined = await call(
    'PATCH',
    `/apis/skerry.dev/v1alpha1/clusters/${name}?fieldManager=test&force=true`,
    cluster,
  );
  const { uid } = joined.body.metadata;
  const token = new SyncerTokens({ dir, tokensPath: credentials.tokensPath }).of({ name, uid });
  let syncer: ClusterSyncer | undefined;
  let hub: HubClient | undefined;
  const startSyncer = async (): Promise<void> => {
    hub = new HubClient({ url: url(), ca: credentials.ca, token, cluster: name });
    syncer = new ClusterSyncer({
      cluster: name,
      clusterUid: uid,
      member,
      hub,
      bus: bus(),
      clock: systemClock,
      log,
      metrics,
      ...(tracing && { tracing }),
      holder: name,
      random: Math.random,
    });
    syncers.push(syncer);
    await syncer.start();
  };
  const text = async (path: string): Promise<string | undefined> => {
    const { status, body } = await api.handle({ method: 'GET', path, user: ADMIN });
    return status === 200 ? body : undefined;
  };
  await startSyncer();
  return {
    api,
    get syncer() {
      return syncer!;
    },
    mutations,
    sent,
    orders: () => hub!.orders(),
    get: async (path) => {
      const found = await text(path);
      return found === undefined ? undefined : JSON.parse(found);
    },
    text,
    stopSyncer: () => syncer!.stop(),
    startSyncer,
  };
};

export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  deadlineMs = 8_000,
): Promise<T> => {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
