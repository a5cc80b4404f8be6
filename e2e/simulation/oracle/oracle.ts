import { fromBinary } from '@skerry/contract/message';
import { BeatSchema, ForwardedBeatSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import type { AppendOutcome, AppendRequest, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { MemberRequest } from '@skerry/ports/member/member';
import type { SyncerInstance } from '../world/fleet.ts';
import type { Instance } from '../world/hub.ts';
import type { Written } from '../world/member-cluster.ts';
import type { Mutation } from '../world/member-link.ts';
import type { Witness, World } from '../world/world.ts';
import { Verdicts } from './broken.ts';
import { desiredPromises } from './desired-promises.ts';
import { Evidence } from './evidence.ts';
import type { History } from './history.ts';
import { Ledger } from './ledger.ts';
import { MemberLeases } from './member-leases.ts';
import { MemberPromises } from './member-promises.ts';
import { Orders } from './orders.ts';
import { placementPromises } from './placement-promises.ts';
import { Probe } from './probe.ts';
import type { Facts } from './promise.ts';
import { reasonPromises } from './reason-promises.ts';
import { Running } from './running.ts';
import { StorePromises } from './store-promises.ts';
import { lineOf } from './row-line.ts';

const ROW_PROMISES = [placementPromises, desiredPromises, reasonPromises];

/**
 * Watches the world and knows nothing of how the product decides: events as they are stored, requests as members get them,
 * pods as they run, orders as people gave them. Whatever breaks a promise ends the run at that step.
 */
export class Oracle implements Witness, Facts {
  readonly verdicts = new Verdicts();
  readonly ledger = new Ledger();
  readonly orders = new Orders();
  readonly evidence: Evidence;
  readonly history: History;
  readonly probe: Probe;
  readonly #world: World;
  readonly #running = new Map<string, Running>();
  readonly #members: MemberPromises;
  readonly #memberLeases: MemberLeases;
  readonly #store: StorePromises;
  events = 0;

  constructor(world: World, history: History) {
    this.#world = world;
    this.history = history;
    this.evidence = new Evidence({ ledger: this.ledger, running: (cluster) => this.running(cluster) });
    this.probe = new Probe({ world, verdicts: this.verdicts });
    this.#members = new MemberPromises(this);
    this.#memberLeases = new MemberLeases(this);
    this.#store = new StorePromises(this, world.hub.store.leases);
    this.listen();
  }

  nowMs(): number {
    return this.#world.timeline.nowMs;
  }

  running(cluster: string): Running {
    const present = this.#running.get(cluster);
    if (present) return present;
    const onChangedUid = (what: string): void =>
      this.verdicts.broken('law: by uid', `${what} in ${cluster} became that of another uid`);
    const made = new Running({ onChangedUid });
    this.#running.set(cluster, made);
    return made;
  }

  /** To be called again when there is another bus. */
  listen(): void {
    const { bus } = this.#world.hub;
    void bus.subscribe('beat.*', (_subject, data) => {
      const { cluster, apiReady } = fromBinary(BeatSchema, data);
      if (apiReady) this.evidence.beat(cluster, this.nowMs());
    });
    void bus.subscribe('fbeat.*', (_subject, data) => {
      const { cluster, judge } = fromBinary(ForwardedBeatSchema, data);
      this.evidence.forwarded(cluster, { judge, atMs: this.nowMs() });
    });
  }

  onAppend(appended: { by: Instance; request: AppendRequest; outcome: AppendOutcome }): void {
    const { by, outcome } = appended;
    if (outcome.kind === 'conflict') this.note(`${by.process.name} met somebody else at ${outcome.stream}`);
    if (outcome.kind === 'stale-lease') this.note(`${by.process.name} was refused: its lease is over`);
    this.#store.appended(appended);
    if (outcome.kind === 'appended' && !this.#world.hub.isAdopted)
      this.verdicts.broken('P8', `${by.process.name} appends to a store that was set back and that nobody has adopted`);
    if (outcome.kind === 'appended') for (const row of outcome.events) this.#row(by, row);
  }

  onLease({ by, name, term }: { by: Instance; name: string; term: number }): void {
    this.note(`${by.process.name} took the lease ${name}, term ${term}`);
    this.#store.leaseTaken({ by, term });
    this.evidence.begins(name, this.nowMs());
  }

  onLife(instance: Instance | SyncerInstance, what: 'starts' | 'ends'): void {
    this.note(`${instance.process.name} ${what}`);
    if ('cluster' in instance && what === 'starts') this.evidence.watchesAnew(instance.cluster, this.nowMs());
  }

  onWritten(cluster: string, written: Written): void {
    this.running(cluster).written(written, this.nowMs());
    this.#memberLeases.written(cluster, written);
  }

  onMemberRestored(cluster: string): void {
    this.note(`${cluster} is set back to its backup`);
    this.running(cluster).clear(this.nowMs());
    this.orders.membersRestoredMs.set(cluster, this.nowMs());
    this.evidence.blur(cluster, this.nowMs() + 60_000);
    this.#members.memberRestored(cluster);
  }

  onAsked(by: SyncerInstance, { method, path }: MemberRequest): void {
    // the namespace of the lease itself is made by whoever comes first
    if (method !== 'POST') this.#memberLeases.asked(by, `${method} ${path.split('?')[0]}`);
  }

  onStuck(): void {
    this.verdicts.broken('progress', 'no time passes any more: what happens at this moment brings about itself again');
  }

  onMutation(by: SyncerInstance, request: MemberRequest): Mutation {
    const { answered, received } = this.#members.asked(by, request);
    return {
      answered: (response) => {
        this.note(`${by.process.name} ${request.method} ${request.path.split('?')[0]} → ${response.status}`);
        answered(response);
      },
      received,
    };
  }

  hubSetBack(position: number): void {
    this.note(`the hub's store is set back to ${position}`);
    this.ledger.restoreTo(position);
    const followed = this.#memberLeases.followed();
    const isAhead = !this.#world.hub.isAdopted;
    this.orders.hubRestored(this.nowMs(), (cluster) => isAhead || (followed.get(cluster) ?? 0) > position);
    this.#members.hubRestored();
    this.#store.hubRestored();
  }

  hubAdopted(): void {
    this.note("the hub's store is adopted");
    this.orders.hubRestored(this.nowMs(), () => true);
    this.listen();
    this.probe.start();
  }

  check(): void {
    this.verdicts.throwFirst();
  }

  note(line: string): void {
    this.history.note(`${(this.nowMs() / 1_000).toFixed(3)} ${line}`);
  }

  #row(by: Instance, row: StoredEvent): void {
    this.events += 1;
    this.ledger.add(row, this.nowMs());
    this.note(`${by.process.name} ${lineOf(row, this.ledger)}`);
    this.#store.row(row);
    for (const promise of ROW_PROMISES) promise(this, row);
  }
}
