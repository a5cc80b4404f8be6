import type { MemberRequest } from '@skerry/ports/member/member';
import type { Log } from '@skerry/runtime/telemetry/log';
import { ClusterSyncer } from '@skerry/syncer/syncer.service';
import { BusLink } from './bus-link.ts';
import { Link, type Weather } from './faults.ts';
import type { SimulatedHub } from './hub.ts';
import { HubLink } from './hub-link.ts';
import { MemberCluster, type Written } from './member-cluster.ts';
import { MemberLink, type Mutation } from './member-link.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** A syncer of one cluster, in a process of its own. */
export interface SyncerInstance {
  readonly slot: string;
  readonly cluster: string;
  readonly process: Process;
  /** its name in the lease of the cluster */
  readonly holder: string;
  readonly syncer: ClusterSyncer;
  readonly bus: BusLink;
  /** to the hub, and to the member */
  readonly links: { readonly hub: Link; readonly member: Link };
}

export interface FleetMember {
  readonly cluster: MemberCluster;
  /** of the Cluster object */
  uid: string;
  /** how many syncers stand by for it */
  syncers: number;
}

/**
 * Who a syncer is in the lease of its cluster: beside the hub the same after every start, so that it waits for nobody (as in
 * all-in-one); as a process of its own another one each time.
 */
export type Holders = 'of the place' | 'of the process';

export interface FleetOptions {
  readonly seed: number;
  readonly holders: Holders;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly hub: SimulatedHub;
  readonly logOf: (process: Process) => Log;
  readonly onWritten: (cluster: string, written: Written) => void;
  readonly onMemberRestored: (cluster: string) => void;
  readonly onAsked: (by: SyncerInstance, request: MemberRequest) => void;
  readonly onMutation: (by: SyncerInstance, request: MemberRequest) => Mutation;
  readonly onLife: (instance: SyncerInstance, what: 'starts' | 'ends') => void;
}

const RESTART_MS = 900;

/** The members and their syncers. */
export class Fleet {
  readonly members = new Map<string, FleetMember>();
  readonly syncers = new Map<string, SyncerInstance>();
  readonly #options: FleetOptions;
  #starts = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  async addMember(name: string): Promise<FleetMember> {
    const { seed, timeline, onWritten, onMemberRestored } = this.#options;
    const cluster = new MemberCluster({
      name,
      seed,
      timeline,
      onWritten: (written) => onWritten(name, written),
      onRestored: () => onMemberRestored(name),
    });
    await cluster.start();
    const member: FleetMember = { cluster, uid: '', syncers: 0 };
    this.members.set(name, member);
    return member;
  }

  /** Joined: from now on `count` syncers work for the Cluster object with that uid. */
  join(name: string, { uid, count }: { uid: string; count: number }): void {
    const member = this.members.get(name)!;
    member.uid = uid;
    member.syncers = count;
    for (let at = 0; at < count; at += 1) this.#start(name, `syncer-${name}-${at}`);
  }

  leave(name: string): void {
    this.members.get(name)!.syncers = 0;
    for (const { slot, cluster } of [...this.syncers.values()]) if (cluster === name) this.kill(slot);
  }

  kill(slot: string, downMs = RESTART_MS): void {
    const instance = this.syncers.get(slot);
    if (!instance) return;
    this.syncers.delete(slot);
    instance.process.kill();
    this.#options.onLife(instance, 'ends');
    const { uid } = this.members.get(instance.cluster)!;
    this.#options.timeline.after(downMs, () => {
      const member = this.members.get(instance.cluster)!;
      if (member.syncers > 0 && member.uid === uid && !this.syncers.has(slot)) this.#start(instance.cluster, slot);
    });
  }

  supervise(): void {
    for (const { slot, syncer } of [...this.syncers.values()]) if (syncer.unhealthy !== undefined) this.kill(slot);
  }

  #start(name: string, slot: string): void {
    const { seed, timeline, weather, hub, logOf, holders, onAsked, onMutation, onLife } = this.#options;
    const { cluster, uid } = this.members.get(name)!;
    const process = new Process(`${slot}#${(this.#starts += 1)}`, timeline);
    const linkOf = (to: string): Link =>
      new Link({ process, random: new Random(seed, `link-${to}-${process.name}`), weather });
    const links = { hub: linkOf('hub'), member: linkOf('member') };
    const bus = new BusLink({ link: links.hub, timeline, bus: () => hub.bus, reportsDueMs: hub.reportsDueMs });
    const member = new MemberLink({
      link: links.member,
      timeline,
      cluster,
      onAsked: (request) => onAsked(instance, request),
      onMutation: (request) => onMutation(instance, request),
    });
    const holder = holders === 'of the place' ? slot : process.name;
    const syncer = new ClusterSyncer({
      cluster: name,
      clusterUid: uid,
      member,
      hub: new HubLink({ link: links.hub, gateways: hub.gateways, cluster: name, clusterUid: uid }),
      bus,
      clock: process.clock,
      log: logOf(process),
      holder,
      random: new Random(seed, `syncer-${process.name}`).next,
    });
    const instance: SyncerInstance = { slot, cluster: name, process, holder, syncer, bus, links };
    this.syncers.set(slot, instance);
    onLife(instance, 'starts');
    void syncer.start();
  }
}
