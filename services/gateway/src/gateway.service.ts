import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventSourcedObjectStore } from '@skerry/adapters/event-sourced/object-store';
import { DEFINITIONS } from '@skerry/api/definitions';
import { createKubeServer, type KubeServer } from '@skerry/kube-api/http';
import { createKubeApi, type KubeApi } from '@skerry/kube-api/kube-api';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { BLOBS, WORLD } from '@skerry/runtime/service/tokens';
import { type Metrics, noMetrics } from '@skerry/runtime/telemetry/metrics';
import { keepComputed } from './access/admission.ts';
import { ownKinds } from './access/own-kinds.ts';
import { authorize } from './access/authorize.ts';
import { Tokens } from './access/tokens.ts';
import { DeletionFinalizers } from './finalizers.ts';
import { GATEWAY_CONFIG, type GatewayConfig } from './gateway.config.ts';
import { GatewayQueries } from './gateway.queries.ts';
import { ensureDefaultNamespace, holdNamespaces, NamespaceReaper } from './namespaces.ts';
import { ParkedKeys } from './queries/parked-keys.ts';
import { TopView } from './queries/top.query.ts';
import { RequestFigures } from './telemetry/request-figures.ts';
import { traceRequests } from './telemetry/trace-requests.ts';
import { stateFigures } from './telemetry/state-figures.ts';
import { StatusView } from './view/status-view.ts';

/** Kinds that only a single cluster can answer for. */
const NOT_SERVED = new Set([
  'pods',
  'nodes',
  'events',
  'endpoints',
  'endpointslices',
  'bindings',
  'componentstatuses',
  'leases',
]);

const RETIRE_EVERY_MS = 60_000;

/** The hub's API. Several instances may run: each tails the store, writes meet at the streams' versions. */
@Injectable()
export class GatewayService implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly objects: EventSourcedObjectStore;
  readonly view = new StatusView();
  readonly api: KubeApi;
  readonly #world: World;
  readonly #config: GatewayConfig;
  readonly #parked: ParkedKeys;
  readonly #top: TopView;
  readonly #server: KubeServer;
  readonly #namespaces: NamespaceReaper;
  readonly #finalizers: DeletionFinalizers;
  readonly #metrics: Metrics;
  readonly #requests: RequestFigures;
  readonly #unwatch: (() => void)[] = [];
  #url = '';
  #cancelRetire: () => void = () => {};

  constructor(@Inject(WORLD) world: World, @Inject(BLOBS) blobs: Blobs, @Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    const { clock, log, store: events } = world;
    this.#world = world;
    this.#config = config;
    this.#parked = new ParkedKeys({ log });
    this.#top = new TopView({ log, clock });
    const onFailure = (error: unknown): void => log.error({ error }, 'the gateway cannot follow the store');
    this.objects = new EventSourcedObjectStore({ events, blobs, clock, view: this.view, newId: randomUUID, onFailure });
    this.api = createKubeApi({
      store: this.objects,
      environment: { now: () => clock.now(), newUid: randomUUID, after: (delayMs, wake) => clock.after(delayMs, wake) },
      serves: ({ plural, group }) => !NOT_SERVED.has(plural) && group !== 'events.k8s.io',
      definitions: DEFINITIONS,
      checkNamespaces: true,
      untypedApply: 'invalid',
      admission: [keepComputed, holdNamespaces],
      strategies: ownKinds,
      authorize,
      onFailure,
    });
    const told = { parked: this.#parked, top: this.#top };
    const queries = new GatewayQueries({ world, blobs, objects: this.objects, view: this.view, ...told });
    this.#metrics = world.metrics ?? noMetrics;
    this.#requests = new RequestFigures({ metrics: this.#metrics, clock });
    const tokens = new Tokens({ path: config.tokensPath, log });
    this.#server = createKubeServer({
      api: this.api,
      authenticate: (token) => tokens.authenticate(token),
      tls: config.tls,
      bodyLimitBytes: config.bodyLimitBytes,
      ...(config.drainMs !== undefined && { drainMs: config.drainMs }),
      also: (exchange) => queries.answer(exchange),
      observe: this.#requests.observe,
      ...(world.tracing && { within: traceRequests(world.tracing) }),
    });
    this.#finalizers = new DeletionFinalizers({ world, api: this.api, objects: this.objects, view: this.view });
    this.#namespaces = new NamespaceReaper({ api: this.api, objects: this.objects, clock, log });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.objects.start();
    await this.api.start();
    await this.#parked.start(this.#world.bus);
    await this.#top.start(this.#world.bus);
    await ensureDefaultNamespace(this.api);
    await this.#namespaces.start();
    this.#finalizers.start();
    this.#giveFigures();
    this.#retire();
    this.#url = await this.#server.listen(this.#config.port, this.#config.host);
    this.#world.log.info({ url: this.#url }, 'gateway listens');
  }

  async onApplicationShutdown(): Promise<void> {
    this.#cancelRetire();
    this.#unwatch.splice(0).forEach((unwatch) => unwatch());
    this.#namespaces.stop();
    this.#finalizers.stop();
    await this.#server.close();
    this.api.stop();
    await this.#parked.stop();
    await this.#top.stop();
    this.objects.stop();
  }

  #retire(): void {
    this.view.retire((uid) => this.objects.keyOf(uid) !== undefined);
    this.#cancelRetire = this.#world.clock.after(RETIRE_EVERY_MS, () => this.#retire());
  }

  #giveFigures(): void {
    const { store, clock } = this.#world;
    const state = { store, clock, through: () => this.objects.through };
    this.#unwatch.push(
      this.#metrics.watch({ kind: 'gateway', name: 'gateway', read: () => this.#requests.figures }),
      this.#metrics.watch({ kind: 'state', name: 'gateway', read: () => stateFigures(state) }),
    );
  }

  /** Base URL, once it listens. */
  get url(): string {
    return this.#url;
  }

  get ready(): boolean {
    return this.#url !== '';
  }

  get failure(): unknown {
    return this.objects.failure;
  }

  get unhealthy(): string | undefined {
    return this.objects.failure === undefined ? undefined : `cannot follow the store: ${String(this.objects.failure)}`;
  }
}
