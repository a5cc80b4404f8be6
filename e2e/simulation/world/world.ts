import type { AppendOutcome, AppendRequest } from '@skerry/ports/event-store/event-store';
import type { MemberRequest } from '@skerry/ports/member/member';
import type { Log } from '@skerry/runtime/telemetry/log';
import { Client } from './client.ts';
import { calm, type Weather } from './faults.ts';
import { Fleet, type Holders, type SyncerInstance } from './fleet.ts';
import { type Instance, type ServiceName, SimulatedHub } from './hub.ts';
import type { Written } from './member-cluster.ts';
import type { Mutation } from './member-link.ts';
import { clusterObject } from './objects.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { settle, Timeline } from './timeline.ts';

/** Who watches the world. Told of everything as it happens, in the order in which it happens. */
export interface Witness {
  onAppend(appended: { by: Instance; request: AppendRequest; outcome: AppendOutcome }): void;
  onLife(instance: Instance | SyncerInstance, what: 'starts' | 'ends'): void;
  onLease(taken: { by: Instance; name: string; term: number }): void;
  onWritten(cluster: string, written: Written): void;
  onMemberRestored(cluster: string): void;
  /** a syncer asks its member for a change; it is on its way from now on */
  onAsked(by: SyncerInstance, request: MemberRequest): void;
  onMutation(by: SyncerInstance, request: MemberRequest): Mutation;
  /** there is no end of what happens at this moment */
  onStuck(): void;
  /** after every step */
  check(): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly instances: Readonly<Record<ServiceName, number>>;
  /** in the leases of clusters */
  readonly holders: Holders;
  readonly logOf: (process: Process) => Log;
  readonly witness: (world: World) => Witness;
}

/** A hub, its members and its users, in virtual time. */
export class World {
  readonly seed: number;
  readonly timeline = new Timeline();
  readonly weather: Weather = calm();
  readonly hub: SimulatedHub;
  readonly fleet: Fleet;
  readonly client: Client;
  readonly witness: Witness;
  readonly #options: WorldOptions;
  /** what people and trouble makers are busy with, beside the queue */
  readonly #failures: unknown[] = [];
  steps = 0;

  constructor(options: WorldOptions) {
    const { seed, holders, logOf, witness } = options;
    const { timeline, weather } = this;
    this.#options = options;
    this.seed = seed;
    this.hub = new SimulatedHub({
      seed,
      timeline,
      weather,
      logOf,
      onAppend: (appended) => this.witness.onAppend(appended),
      onLife: (instance, what) => this.witness.onLife(instance, what),
      onLease: (taken) => this.witness.onLease(taken),
    });
    this.fleet = new Fleet({
      seed,
      holders,
      timeline,
      weather,
      hub: this.hub,
      logOf,
      onWritten: (cluster, written) => this.witness.onWritten(cluster, written),
      onMemberRestored: (cluster) => this.witness.onMemberRestored(cluster),
      onAsked: (by, request) => this.witness.onAsked(by, request),
      onMutation: (by, request) => this.witness.onMutation(by, request),
      onLife: (instance, what) => this.witness.onLife(instance, what),
    });
    this.client = new Client({ gateways: this.hub.gateways, timeline, random: new Random(seed, 'client') });
    this.witness = witness(this);
  }

  async start(clusters: readonly string[], syncers: number): Promise<void> {
    this.hub.start(this.#options.instances);
    await this.pass(2_000);
    for (const name of clusters) await this.fleet.addMember(name);
    this.background(async () => {
      for (const name of clusters) await this.join(name, syncers);
    });
    await this.pass(3_000);
  }

  /** `syncers`: how many stand by for it */
  async join(name: string, syncers = 1): Promise<void> {
    const answer = await this.client.apply(clusterObject(name));
    if (answer?.status !== 201 && answer?.status !== 200) return;
    this.fleet.join(name, { uid: answer.body.metadata.uid, count: syncers });
  }

  /** Something that goes on beside everything else; what it throws ends the run. */
  background(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#failures.push(error));
  }

  fail(error: unknown): void {
    this.#failures.push(error);
  }

  /** Everybody ends, and lets go of what is open: otherwise Node keeps all of this world, since signals with listeners are never collected. */
  end(): void {
    const everybody = [...this.hub.instances.values(), ...this.fleet.syncers.values()];
    for (const { process } of everybody) process.kill();
  }

  async pass(delayMs: number): Promise<void> {
    const untilMs = this.timeline.nowMs + delayMs;
    while (await this.step(untilMs));
  }

  /** One step, and everything that follows from it at once. False: nothing is due before then. */
  async step(untilMs: number): Promise<boolean> {
    await settle();
    const done = this.timeline.step(untilMs);
    await settle();
    this.steps += 1;
    if (this.timeline.isStuck) this.witness.onStuck();
    if (this.#failures.length > 0) throw this.#failures[0];
    this.witness.check();
    return done;
  }
}
