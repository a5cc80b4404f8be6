import { createKubeApi, type KubeApi } from '@skerry/kube-api/kube-api';
import type { KubeRequest, KubeResponse } from '@skerry/kube-api/request';
import type { ObjectStore, StoredObject, Version } from '@skerry/ports/object-store/object-store';
import { DaemonSetController } from './controllers/daemon-set.ts';
import { DeploymentController } from './controllers/deployment.ts';
import { GarbageCollector } from './controllers/garbage.ts';
import { JobController } from './controllers/job.ts';
import { Kubelet } from './controllers/kubelet.ts';
import { NamespaceController } from './controllers/namespaces.ts';
import { NodeController } from './controllers/nodes.ts';
import { ReplicaSetController } from './controllers/replica-set.ts';
import { Scheduler } from './controllers/scheduler.ts';
import { StatefulSetController } from './controllers/stateful-set.ts';
import { ControlPlane, type Controller } from './control-plane.ts';
import { Faults, type FrozenPart } from './faults/faults.ts';
import { FIRST_NAMESPACES, namespaceObject, nodeObject } from './objects/first-objects.ts';
import { uuidFrom } from './objects/names.ts';
import { isKind, type Kind, NAMESPACES, NODES, PODS, refOf, SERVICES } from './objects/refs.ts';
import type { Pod } from './objects/views.ts';
import type { ClusterSimOptions } from './options.ts';
import { type Change, Mirror, type Written } from './state/mirror.ts';
import { PodCounts } from './state/pod-counts.ts';
import { TappedStore } from './state/tapped-store.ts';
import { simStrategies } from './strategies.ts';
import { Agenda } from './queues/agenda.ts';
import { WorkQueue } from './queues/work-queue.ts';

/** A member cluster without machines: an API server, its controllers, and nodes that only pretend. */
export interface ClusterSim {
  readonly name: string;
  /** Answers a request, or rejects where a real server would not answer (see `faults`). */
  readonly handle: (request: KubeRequest) => Promise<KubeResponse>;
  /** Takes in what is in the store, makes nodes and first namespaces, and sets the controllers going. Once, before requests. */
  readonly start: () => Promise<void>;
  /** Controllers and nodes stand still; the store keeps everything. */
  readonly stop: () => void;
  readonly faults: Faults;
  /** True while the controllers have nothing to do but wait for time to pass. */
  readonly isIdle: boolean;
  /** Everything that is in the cluster, and the version that it is at. */
  readonly dump: () => Promise<ClusterDump>;
}

export interface ClusterDump {
  readonly version: Version;
  readonly objects: readonly StoredObject[];
}

/** Makes a simulated cluster. Nothing runs before `start`. */
export function createClusterSim(options: ClusterSimOptions): ClusterSim {
  return new SimulatedCluster(options);
}

class SimulatedCluster implements ClusterSim {
  readonly name: string;
  readonly faults: Faults;
  readonly #options: ClusterSimOptions;
  readonly #mirror = new Mirror();
  readonly #counts = new PodCounts();
  readonly #store: TappedStore;
  readonly #queue: WorkQueue;
  readonly #agenda: Agenda;
  readonly #plane: ControlPlane;
  readonly #controllers: ReadonlyMap<string, Controller>;
  readonly #api: KubeApi;
  /** by controller that stands still: what it has to look at afterwards */
  readonly #frozen = new Map<string, Set<string>>();
  readonly #takenAddresses = new Set<unknown>();
  #addresses = 0;

  constructor(options: ClusterSimOptions) {
    const { clock, random, onFailure = rethrow } = options;
    this.name = options.name;
    this.#options = options;
    this.#store = new TappedStore(options.store, (written) => this.#onWritten(written));
    this.#queue = new WorkQueue({ clock, onFailure, work: (key) => this.#work(key) });
    this.#agenda = new Agenda(clock, (keys) => {
      for (const key of keys) this.#queue.mark(key);
    });
    const parts = { mirror: this.#mirror, counts: this.#counts, queue: this.#queue, agenda: this.#agenda };
    this.#plane = new ControlPlane({ store: this.#store, clock, random, ...parts });
    const nodes = new NodeController(this.#plane, options.evictionDelayMs ?? 30_000);
    const orders = {
      setLost: (node: string, lost: boolean) => nodes.setLost(node, lost),
      forgetHistory: () => this.#store.forgetHistory(),
      imageChanged: (image: string) => this.#imageChanged(image),
      setFrozen: (part: FrozenPart, frozen: boolean) => this.#setFrozen(part, frozen),
    };
    this.faults = new Faults({ clock, random, orders: () => orders });
    this.#controllers = new Map(this.#makeControllers(nodes).map((one) => [one.name, one]));
    this.#api = this.#makeApi(this.#store);
  }

  readonly handle = (request: KubeRequest): Promise<KubeResponse> => this.faults.pass(request, this.#api.handle);

  readonly start = async (): Promise<void> => {
    await this.#api.start();
    await this.#load();
    for (const name of FIRST_NAMESPACES) await this.#ensure(NAMESPACES, namespaceObject(name));
    for (const node of this.#options.nodes) await this.#ensure(NODES, nodeObject(node));
  };

  readonly stop = (): void => {
    this.#api.stop();
    this.#queue.stop();
    this.#agenda.clear();
    this.faults.dropWatches();
  };

  readonly dump = async (): Promise<ClusterDump> => ({
    version: await this.#store.head(),
    objects: [...this.#mirror.all],
  });

  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  #makeControllers(nodes: NodeController): readonly Controller[] {
    const plane = this.#plane;
    const { startUpDelayMs = 200, startUpJitterMs = 0, terminationMs = 200, jobDurationMs = 1_000 } = this.#options;
    const times = { startUpDelayMs, startUpJitterMs, terminationMs, jobDurationMs };
    const isNeverReady = (image: string): boolean => this.faults.isNeverReady(image);
    return [
      new GarbageCollector(plane),
      new NamespaceController(plane),
      new DeploymentController(plane),
      new ReplicaSetController(plane),
      new StatefulSetController(plane),
      new DaemonSetController(plane),
      new JobController(plane),
      new Scheduler(plane),
      new Kubelet(plane, { times, orders: { isLost: (node) => nodes.isLost(node), isNeverReady } }),
      nodes,
    ];
  }

  #makeApi(store: ObjectStore): KubeApi {
    const { clock, random, bookmarkIntervalMs, onFailure = rethrow } = this.#options;
    const environment = {
      now: () => clock.now(),
      newUid: () => uuidFrom(random),
      after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
    };
    return createKubeApi({
      store,
      environment,
      onFailure,
      checkNamespaces: true,
      unknownFields: 'drop',
      strategies: simStrategies(() => this.#newAddress()),
      admission: [this.faults.admission],
      ...(bookmarkIntervalMs === undefined ? {} : { bookmarkIntervalMs }),
    });
  }

  async #load(): Promise<void> {
    for (const { group, plural } of this.#api.registry.all()) {
      const { items } = await this.#store.list({ group, resource: plural }, {});
      for (const stored of items) this.#mirror.fold({ stored, gone: false });
    }
    for (const { key, object } of [...this.#mirror.all]) {
      this.#tell({ ref: refOf(key), key, after: object });
    }
  }

  async #ensure(kind: Kind, object: Parameters<ControlPlane['create']>[1]): Promise<void> {
    await this.#plane.create(kind, object);
  }

  #onWritten(written: Written): void {
    const change = this.#mirror.fold(written);
    if (change !== undefined) this.#tell(change);
  }

  #tell(change: Change): void {
    const { key, after } = change;
    if (isKind(key, SERVICES)) this.#takenAddresses.add((after?.['spec'] as { clusterIP?: string })?.clusterIP);
    this.#counts.sees(change);
    for (const controller of this.#controllers.values()) controller.sees(change);
  }

  #work(key: string): Promise<void> | void {
    const bar = key.indexOf('|');
    const held = this.#frozen.get(key.slice(0, bar));
    if (held !== undefined) return void held.add(key);
    return this.#controllers.get(key.slice(0, bar))?.reconcile(key.slice(bar + 1));
  }

  #setFrozen(part: FrozenPart, frozen: boolean): void {
    for (const name of this.#controllers.keys()) {
      if ((PART_OF[name] ?? 'controllers') !== part) continue;
      const held = this.#frozen.get(name) ?? new Set();
      if (frozen) this.#frozen.set(name, held);
      else this.#frozen.delete(name);
      if (!frozen) for (const key of held) this.#queue.mark(key);
    }
  }

  #imageChanged(image: string): void {
    for (const ref of this.#mirror.ofKind(PODS)) {
      const { containers = [] } = (this.#mirror.get(ref)!.object as Pod).spec;
      if (containers.some((container) => container.image === image)) this.#plane.mark('kubelet', ref);
    }
  }

  /** The next address of 10.96.0.0/12 that no Service has had. */
  #newAddress(): string {
    for (;;) {
      const number = ++this.#addresses;
      const address = `10.${96 + ((number >> 16) & 15)}.${(number >> 8) & 255}.${number & 255}`;
      if (!this.#takenAddresses.has(address)) return address;
    }
  }
}

/** Controllers that are processes of their own in a real cluster; all others are in kube-controller-manager. */
const PART_OF: Readonly<Record<string, FrozenPart | 'scheduler'>> = {
  kubelet: 'nodes',
  scheduler: 'scheduler',
};

function rethrow(error: unknown): never {
  throw error;
}
