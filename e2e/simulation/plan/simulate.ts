import type { Log } from '@skerry/runtime/telemetry/log';
import { Broken, type PromiseName } from '../oracle/broken.ts';
import { History } from '../oracle/history.ts';
import { Oracle } from '../oracle/oracle.ts';
import { calm } from '../world/faults.ts';
import { Random } from '../world/random.ts';
import { World } from '../world/world.ts';
import type { Profile } from './profiles.ts';
import { progressed, whatIsLeft } from './progress.ts';
import { confirmRestores } from './person.ts';
import { Trouble, type TroubleName } from './trouble.ts';
import { type UserAction, Users } from './users.ts';

export interface Simulated {
  readonly seed: number;
  readonly profile: string;
  readonly steps: number;
  readonly events: number;
  readonly virtualMs: number;
  /** of the whole log: the same seed gives the same */
  readonly digest: string;
  /** undefined: every promise held */
  readonly broken: { readonly promise: PromiseName; readonly message: string; readonly step: number } | undefined;
  readonly history: readonly string[];
}

export interface SimulateOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly log: Log;
  readonly print?: (line: string) => void;
}

const CLUSTERS = ['amber', 'basalt', 'coral', 'dune', 'ember', 'flint', 'grit'];
const HISTORY_LINES = 60;
const SET_UP_MS = 12_000;
const MANY: readonly UserAction[] = ['scale', 'scale', 'scale', 'scale', 'movePolicy', 'movePolicy', 'movePolicy'];
const WEATHER_MS = 15_000;
/** After the last trouble: a silence, a soak, the longest back-off, and some more. */
const PROGRESS_MS = 240_000;

/** One run: a fleet is set up, attacked, and left alone until everything that can progress has progressed. */
export const simulate = async (options: SimulateOptions): Promise<Simulated> => {
  const { seed, profile, log, print } = options;
  const history = new History(HISTORY_LINES, print);
  const two = profile.standbys ? 2 : 1;
  let oracle!: Oracle;
  const world = new World({
    seed,
    instances: { gateway: two, relay: 1, clusters: two, scheduler: 1, replicas: two, rollout: two },
    holders: profile.holders,
    logOf: (process) => log.child({ process: process.name }),
    witness: (made) => (oracle = new Oracle(made, history)),
  });
  let broken: Simulated['broken'];
  try {
    await new Run({ world, oracle, profile }).all();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken = { promise: error.promise, message: error.message, step: world.steps };
  }
  const { position } = await world.hub.store.events.head();
  const [last] = (await world.hub.store.events.read({ after: position - 1 })).events;
  const digest = `${position}/${world.steps}/${last?.previousHash.slice(0, 16)}/${last?.eventId}`;
  const { steps } = world;
  world.end();
  const virtualMs = world.timeline.nowMs;
  return {
    seed,
    profile: profile.name,
    steps,
    events: oracle.events,
    virtualMs,
    digest,
    broken,
    history: history.last,
  };
};

class Run {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #profile: Profile;
  readonly #random: Random;
  readonly #users: Users;
  readonly #trouble: Trouble;
  #untilStep = 0;

  constructor({ world, oracle, profile }: { world: World; oracle: Oracle; profile: Profile }) {
    this.#world = world;
    this.#oracle = oracle;
    this.#profile = profile;
    this.#random = new Random(world.seed, 'plan');
    this.#users = new Users({ world, oracle });
    this.#trouble = new Trouble({ world, oracle });
    this.#trouble.onDip = () => {
      for (const action of MANY) this.#users.act(action);
    };
    this.#trouble.onHubRestored = () => this.#world.background(() => this.#afterRestore());
  }

  async all(): Promise<void> {
    const { clusters, workloads, attackMs, syncers } = this.#profile;
    this.#weather(0);
    await this.#world.start(CLUSTERS.slice(0, clusters), syncers);
    this.#oracle.probe.start();
    this.#world.background(() => this.#users.setUp(workloads));
    await this.#world.pass(SET_UP_MS);
    await this.#attack(attackMs);
    await this.#settleDown();
  }

  async #attack(attackMs: number): Promise<void> {
    const { timeline } = this.#world;
    const { troubleEverySteps, userEveryMs } = this.#profile;
    const untilMs = timeline.nowMs + attackMs;
    let turn = 0;
    const weather = (): void => {
      if (timeline.nowMs >= untilMs) return;
      this.#weather((turn += 1));
      timeline.after(WEATHER_MS, weather);
    };
    const users = (): void => {
      if (timeline.nowMs >= untilMs) return;
      this.#users.act(this.#random.weighted(entriesOf<UserAction>(this.#profile.users))!);
      timeline.after(this.#random.next() * 2 * userEveryMs, users);
    };
    const supervise = (): void => {
      this.#world.hub.supervise();
      this.#world.fleet.supervise();
      timeline.after(2_000, supervise);
    };
    for (const begin of [weather, users, supervise]) timeline.after(0, begin);
    while (await this.#world.step(untilMs)) {
      if (this.#world.steps < this.#untilStep) continue;
      this.#untilStep = this.#world.steps + this.#random.whole(1, 2 * troubleEverySteps);
      this.#trouble.make(this.#random.weighted(entriesOf<TroubleName>(this.#profile.troubles))!);
    }
  }

  /** Liveness: no more trouble but one bad link for good, and everything that can progress must. */
  async #settleDown(): Promise<void> {
    const { world } = this;
    Object.assign(world.weather, calm());
    this.#trouble.mendAll();
    const cut = this.#random.chance(0.5) ? this.#random.pick(this.#users.clusters) : undefined;
    this.#oracle.note(`no more trouble${cut === undefined ? '' : `, but ${cut} stays cut off`}`);
    const keepCut = (): void => {
      if (cut !== undefined) this.#trouble.cutForGood(cut);
    };
    this.#world.background(() => this.#users.membership.uncordonAll());
    this.#world.background(() => confirmRestores({ world, oracle: this.#oracle }));
    const parts = { world, oracle: this.#oracle, users: this.#users, cut };
    const untilMs = world.timeline.nowMs + PROGRESS_MS;
    while (world.timeline.nowMs < untilMs) {
      keepCut();
      await world.pass(5_000);
      if (!this.#users.isBusy && (await progressed(parts))) return;
    }
    const left = await whatIsLeft(parts);
    throw new Broken('progress', `after ${PROGRESS_MS / 1_000} s without trouble: ${left.slice(0, 5).join('; ')}`);
  }

  async #afterRestore(): Promise<void> {
    await this.#world.timeline.sleep(8_000);
    await this.#users.lookAgain();
    await this.#world.timeline.sleep(this.#random.whole(1_000, 20_000));
    await confirmRestores({ world: this.#world, oracle: this.#oracle });
  }

  #weather(turn: number): void {
    const { weathers } = this.#profile;
    Object.assign(this.#world.weather, calm(), weathers[turn % weathers.length]);
  }

  get world(): World {
    return this.#world;
  }
}

const entriesOf = <Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): [Name, number][] =>
  Object.entries(weights) as [Name, number][];
