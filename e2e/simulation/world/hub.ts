import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { ClustersService } from '@skerry/clusters/clusters.service';
import { GatewayService } from '@skerry/gateway/gateway.service';
import type { AppendOutcome, AppendRequest } from '@skerry/ports/event-store/event-store';
import type { World } from '@skerry/runtime/service/decision-service';
import type { Log } from '@skerry/runtime/telemetry/log';
import { RelayService } from '@skerry/relay/relay.service';
import { refuseBusAhead } from '@skerry/runtime/relay/bus-ahead';
import { ReplicasService } from '@skerry/replicas/replicas.service';
import { RolloutService } from '@skerry/rollout/rollout.service';
import { SchedulerService } from '@skerry/scheduler/scheduler.service';
import { listening } from '../process/kube-server.ts';
import { BusLink } from './bus-link.ts';
import { Link, type Weather } from './faults.ts';
import { Gateways } from './gateways.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { leasesThrough, storeThrough } from './store-link.ts';
import type { Timeline } from './timeline.ts';

export const SERVICES = ['gateway', 'relay', 'clusters', 'scheduler', 'replicas', 'rollout'] as const;
export type ServiceName = (typeof SERVICES)[number];

interface Startable {
  onApplicationBootstrap(): Promise<void>;
  readonly decisions?: { readonly unhealthy: string | undefined; readonly active: boolean };
  readonly unhealthy?: string | undefined;
}

export interface Instance {
  /** e.g. `replicas-0` */
  readonly slot: string;
  readonly service: ServiceName;
  readonly process: Process;
  readonly bus: BusLink;
  /** why it cannot go on; undefined: it can */
  unhealthy(): string | undefined;
}

export interface HubOptions {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly logOf: (process: Process) => Log;
  readonly onAppend: (appended: { by: Instance; request: AppendRequest; outcome: AppendOutcome }) => void;
  /** a lease was given to it anew */
  readonly onLease: (taken: { by: Instance; name: string; term: number }) => void;
  /** one that starts, starts again, or ends */
  readonly onLife: (instance: Instance, what: 'starts' | 'ends') => void;
}

const RESTART_MS = 700;

/** The store, the bus and every service of the hub, each instance a process of its own that is started again when it ends. */
export class SimulatedHub {
  readonly store: MemoryStore;
  readonly gateways: Gateways;
  readonly instances = new Map<string, Instance>();
  bus: MemoryBus;
  readonly reportsDueMs = new Map<string, number>();
  readonly #options: HubOptions;
  readonly #clock;
  readonly #slots = new Map<string, ServiceName>();
  #starts = 0;
  /** while the whole hub is down on purpose */
  #isDown = false;
  #restarts = 0;
  #isAdopted = true;

  constructor(options: HubOptions) {
    const { timeline } = options;
    this.#options = options;
    this.#clock = new Process('store', timeline).clock;
    this.store = createMemoryStore({ clock: this.#clock });
    this.bus = new MemoryBus({ clock: this.#clock });
    this.gateways = new Gateways(timeline);
  }

  /** `counts`: how many instances of each service */
  start(counts: Readonly<Record<ServiceName, number>>): void {
    for (const service of SERVICES) {
      for (let at = 0; at < counts[service]; at += 1) this.#slots.set(`${service}-${at}`, service);
    }
    for (const slot of this.#slots.keys()) this.#start(slot);
  }

  kill(slot: string, downMs = RESTART_MS): void {
    const instance = this.instances.get(slot);
    if (!instance) return;
    this.instances.delete(slot);
    instance.process.kill();
    this.#options.onLife(instance, 'ends');
    this.#options.timeline.after(downMs, () => {
      if (!this.#isDown && !this.instances.has(slot)) this.#start(slot);
    });
  }

  /** Whoever cannot go on is started again, as by any supervisor. */
  supervise(): void {
    for (const instance of this.instances.values()) if (instance.unhealthy() !== undefined) this.kill(instance.slot);
  }

  /** False: the store was set back, the bus shows it, and no person has said so. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  /**
   * All services end, and the store is as it was then; after a while the services start, and nobody has told them. Of what only
   * the store had, nobody can miss anything: where the bus has no more than what is left, it needs no adoption.
   */
  setBack(position: number, downMs: number): void {
    this.#isAdopted = this.bus.end.position <= position;
    this.#restart(downMs, () => this.store.events.restoreTo(position));
  }

  /** All services end, the store is adopted as it is, the bus is empty; after a while the services start. */
  adopt(downMs: number): void {
    this.#restart(downMs, () => {
      this.#isAdopted = true;
      this.store.events.adoptRestored();
      this.bus = new MemoryBus({ clock: this.#clock });
    });
  }

  #restart(downMs: number, meanwhile: () => void): void {
    this.#isDown = true;
    const restart = (this.#restarts += 1);
    for (const slot of this.#slots.keys()) this.kill(slot);
    meanwhile();
    this.#options.timeline.after(downMs, () => {
      // adopted before they were up again: they start once
      if (restart !== this.#restarts) return;
      this.#isDown = false;
      for (const slot of this.#slots.keys()) this.#start(slot);
    });
  }

  #start(slot: string): void {
    const service = this.#slots.get(slot)!;
    const { seed, timeline, weather, onAppend, onLife, logOf } = this.#options;
    const process = new Process(`${slot}#${(this.#starts += 1)}`, timeline);
    const link = new Link({ process, random: new Random(seed, `link-${process.name}`), weather });
    const bus = new BusLink({ link, timeline, bus: () => this.bus, reportsDueMs: this.reportsDueMs });
    const store = storeThrough(link, {
      store: this.store.events,
      onAppend: (request, outcome) => onAppend({ by: instance, request, outcome }),
    });
    const leases = leasesThrough(link, {
      leases: this.store.leases,
      onTaken: ({ name, term }) => this.#options.onLease({ by: instance, name, term }),
    });
    const world = { store, bus, leases, clock: process.clock, log: logOf(process), holder: process.name };
    const made = this.#make(service, world);
    let failure: string | undefined;
    const unhealthy = (): string | undefined => failure ?? made.decisions?.unhealthy ?? made.unhealthy;
    const instance: Instance = { slot, service, process, bus, unhealthy };
    this.instances.set(slot, instance);
    onLife(instance, 'starts');
    this.#boot(made, world.log).then(
      () => made instanceof GatewayService && this.#onListening(process, made.url),
      (error: unknown) => (failure = `could not start: ${String(error)}`),
    );
  }

  /** As every main does. The store and the bus are asked without their weather: a bus that is not there refuses nothing. */
  async #boot(made: Startable, log: Log): Promise<void> {
    await refuseBusAhead({ store: this.store.events, bus: this.bus, log });
    await made.onApplicationBootstrap();
  }

  #onListening(process: Process, url: string): void {
    const server = listening.get(url)!;
    listening.delete(url);
    this.gateways.add({ process, server });
  }

  #make(service: ServiceName, world: World): Startable {
    switch (service) {
      case 'gateway': {
        const tls = { cert: '', key: '' };
        const config = { host: 'sim', port: 0, tls, tokensPath: '', bodyLimitBytes: 3_000_000 };
        return new GatewayService(world, this.store.blobs, config);
      }
      case 'relay':
        return new RelayService(world);
      case 'clusters':
        return new ClustersService(world);
      case 'scheduler':
        return new SchedulerService(world);
      case 'replicas':
        return new ReplicasService(world);
      case 'rollout':
        return new RolloutService(world, this.store.blobs);
    }
  }
}
