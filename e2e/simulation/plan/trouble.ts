import type { Oracle } from '../oracle/oracle.ts';
import { Random } from '../world/random.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { ServiceName } from '../world/hub.ts';
import { OthersInMember } from './others.ts';

export type TroubleName =
  | 'killSyncer'
  | 'killGateway'
  | 'killRelay'
  | 'killScheduler'
  | 'killRollout'
  | 'killReplicas'
  | 'killClusters'
  | 'pause'
  | 'clockJump'
  | 'cutSyncer'
  | 'memberDown'
  | 'memberSlow'
  | 'memberErrors'
  | 'dropWatches'
  | 'staleWatches'
  | 'expireVersions'
  | 'loseNode'
  | 'neverReady'
  | 'killPods'
  | 'deleteInMember'
  | 'editInMember'
  | 'loseBus'
  | 'backUp'
  | 'restoreMember'
  | 'restoreHub'
  | 'setHubBack'
  | 'judgeAway'
  | 'pauseLeader'
  | 'pauseSyncer'
  | 'fight'
  | 'dipWhileMoving';

/** What may still be wrong with a member when watches were stalled: as long as they were, and until they are listed anew. */
const BLUR_MS = 30_000;
/** The oldest backup of the hub: with everything that was set up. */
const FIRST_BACKUP_MS = 17_000;

/** Whoever breaks things. What is broken for a while is mended again by itself. */
export class Trouble {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #random: Random;
  readonly #others: OthersInMember;
  /** how what is broken now is mended */
  readonly #mends = new Set<() => void>();
  #hubIsRestored = false;
  onHubRestored: () => void = () => {};
  /** people edit much at that moment */
  onDip: () => void = () => {};

  constructor({ world, oracle }: { world: World; oracle: Oracle }) {
    this.#world = world;
    this.#oracle = oracle;
    this.#random = new Random(world.seed, 'trouble');
    this.#others = new OthersInMember({ world, random: this.#random });
  }

  make(trouble: TroubleName): void {
    const { fleet } = this.#world;
    const random = this.#random;
    const member = random.pick([...fleet.members.values()]);
    const { sim, name } = member.cluster;
    this.#oracle.note(`trouble: ${trouble} (${name})`);
    const kill = (service: ServiceName): void => this.#kill(service);
    const troubles: Readonly<Record<TroubleName, () => void>> = {
      killSyncer: () => fleet.kill(random.pick([...fleet.syncers.keys()]) ?? '', random.whole(200, 4_000)),
      killGateway: () => kill('gateway'),
      killRelay: () => kill('relay'),
      killScheduler: () => kill('scheduler'),
      killRollout: () => kill('rollout'),
      killReplicas: () => kill('replicas'),
      killClusters: () => kill('clusters'),
      pause: () => this.#pause(this.#anyProcess()),
      clockJump: () => this.#jumpClock(this.#anyProcess()),
      cutSyncer: () => this.#cut(name, random.whole(2_000, 45_000)),
      memberDown: () => this.#for(random.whole(1_000, 40_000), sim.faults.takeApiDown()),
      memberSlow: () => this.#for(random.whole(2_000, 15_000), sim.faults.slow(random.whole(50, 1_500))),
      memberErrors: () => this.#for(random.whole(1_000, 10_000), sim.faults.fail({ fraction: 0.3 })),
      dropWatches: () => sim.faults.dropWatches(),
      staleWatches: () => this.#stall(name),
      expireVersions: () => this.#world.background(() => sim.faults.expireVersions()),
      loseNode: () => this.#for(random.whole(2_000, 30_000), sim.faults.loseNode(random.pick(['a', 'b']))),
      neverReady: () => this.#for(random.whole(5_000, 50_000), sim.faults.neverReady(`app:${random.whole(1, 9)}`)),
      killPods: () => this.#others.killPods(name),
      deleteInMember: () => this.#others.deleteOne(name),
      editInMember: () => this.#others.editOne(name),
      // without a bus nothing tells services that a store is older than what was made of it
      loseBus: () => this.#world.hub.isAdopted && this.#world.hub.bus.loseStorage(),
      backUp: () => this.#world.background(() => member.cluster.backUp()),
      restoreMember: () => this.#world.background(() => member.cluster.restore()),
      restoreHub: () => this.#restoreHub({ unadoptedMs: 0 }),
      setHubBack: () => this.#restoreHub({ unadoptedMs: random.whole(4_000, 25_000) }),
      judgeAway: () => this.#kill('clusters', random.whole(20_000, 45_000)),
      pauseLeader: () => this.#pause(this.#anyOf(random.pick(['replicas', 'rollout', 'clusters']))),
      pauseSyncer: () => this.#pause(random.pick([...fleet.syncers.values()])?.process),
      fight: () => this.#others.fight(name),
      dipWhileMoving: () => {
        for (let image = 1; image <= 9; image += 1) this.#for(3_000, sim.faults.neverReady(`app:${image}`));
        this.onDip();
      },
    };
    troubles[trouble]();
  }

  /** Everything that is broken is mended, but clocks that are wrong stay so. */
  mendAll(): void {
    for (const mend of [...this.#mends]) mend();
    for (const { process } of this.#world.hub.instances.values()) process.resume();
    for (const { process, bus, links } of this.#world.fleet.syncers.values()) {
      process.resume();
      bus.setCut(false);
      links.member.isCut = false;
    }
  }

  cutForGood(cluster: string): void {
    for (const syncer of this.#world.fleet.syncers.values()) if (syncer.cluster === cluster) syncer.bus.setCut(true);
  }

  #kill(service: ServiceName, downMs = this.#random.whole(200, 3_000)): void {
    const slots = [...this.#world.hub.instances.values()].filter((one) => one.service === service);
    if (slots.length > 0) this.#world.hub.kill(this.#random.pick(slots).slot, downMs);
  }

  #anyOf(service: ServiceName): Process | undefined {
    const all = [...this.#world.hub.instances.values()].filter((one) => one.service === service);
    return all.length === 0 ? undefined : this.#random.pick(all).process;
  }

  /** undefined: everything is down */
  #anyProcess(): Process | undefined {
    const { hub, fleet } = this.#world;
    return this.#random.pick([...hub.instances.values(), ...fleet.syncers.values()])?.process;
  }

  #jumpClock(process: Process | undefined): void {
    const jumpMs = this.#random.pick([3_600_000, -3_600_000, 30_000]);
    if (process) process.jumpMs += jumpMs;
  }

  #pause(process: Process | undefined): void {
    if (!process || process.isPaused) return;
    const pausedMs = this.#random.pick([1_500, 4_000, 8_000, 15_000, 40_000]);
    this.#oracle.note(`${process.name} is stopped for ${pausedMs} ms`);
    process.pause();
    this.#for(pausedMs, () => process.resume());
  }

  #cut(name: string, cutMs: number): void {
    const cut = (is: boolean): void => {
      for (const syncer of this.#world.fleet.syncers.values()) if (syncer.cluster === name) syncer.bus.setCut(is);
    };
    cut(true);
    this.#for(cutMs, () => cut(false));
  }

  #stall(name: string): void {
    const { sim } = this.#world.fleet.members.get(name)!.cluster;
    const stalledMs = this.#random.whole(3_000, 30_000);
    this.#oracle.evidence.blur(name, this.#world.timeline.nowMs + stalledMs + BLUR_MS);
    sim.faults.stallWatches();
    this.#for(stalledMs, () => sim.faults.dropWatches());
  }

  #for(delayMs: number, mend: () => void): void {
    const once = (): void => {
      if (this.#mends.delete(once)) mend();
    };
    this.#mends.add(once);
    this.#world.timeline.after(delayMs, once);
  }

  /** Once in a run. What the store forgets is at most half a minute; for so long nobody says that it was restored. */
  #restoreHub({ unadoptedMs }: { unadoptedMs: number }): void {
    if (this.#hubIsRestored) return;
    this.#hubIsRestored = true;
    const { hub, fleet, timeline } = this.#world;
    this.#world.background(async () => {
      const { events } = await hub.store.events.read({ after: 0, limit: 1_000_000 });
      const backMs = Math.min(this.#random.whole(1_000, 30_000), timeline.nowMs - FIRST_BACKUP_MS);
      const fromMs = timeline.date(-backMs).getTime();
      const position = events.findLast(({ recordedAt }) => recordedAt.getTime() <= fromMs)?.position ?? events.length;
      const isOlder = events.some((event) => event.position > position);
      hub.setBack(position, this.#random.whole(500, 3_000));
      if (isOlder) this.#oracle.hubSetBack(position);
      for (const slot of [...fleet.syncers.keys()]) fleet.kill(slot, this.#random.whole(500, 10_000));
      if (!isOlder) return;
      if (unadoptedMs > 0) await timeline.sleep(unadoptedMs);
      hub.adopt(this.#random.whole(500, 3_000));
      this.#oracle.hubAdopted();
      this.onHubRestored();
    });
  }
}
