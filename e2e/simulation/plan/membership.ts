import type { Oracle } from '../oracle/oracle.ts';
import { pathOf } from '../world/client.ts';
import { clusterObject } from '../world/objects.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';

const LOOK_AGAIN_MS = 6_000;

/** Which clusters belong to the fleet, as the people at the hub have it: they cordon them, take them out and back in. */
export class Membership {
  readonly everLeft = new Set<string>();
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #random: Random;
  readonly #left = new Set<string>();
  readonly #cordoned = new Set<string>();
  /** a write to the Cluster, or its delete, is under way */
  readonly #changing = new Set<string>();
  /** a write was never answered: it may come to the hub at any time */
  readonly #unanswered = new Set<string>();

  constructor({ world, oracle, random }: { world: World; oracle: Oracle; random: Random }) {
    this.#world = world;
    this.#oracle = oracle;
    this.#random = random;
  }

  get clusters(): readonly string[] {
    return [...this.#world.fleet.members.keys()].filter((name) => !this.#left.has(name));
  }

  async cordon(): Promise<void> {
    const name = this.#random.pick(this.clusters);
    await this.#alone(name, () => this.#cordonOrNot(name));
  }

  async #cordonOrNot(name: string): Promise<void> {
    const taints = this.#cordoned.has(name) ? [] : [{ key: 'skerry.dev/cordoned', effect: 'NoSchedule' }];
    const answer = await this.#world.client.apply(clusterObject(name, { taints }));
    if (answer === undefined) this.#unanswered.add(name);
    if (answer === undefined || answer.status >= 300) return;
    if (taints.length > 0) this.#cordoned.add(name);
    else this.#cordoned.delete(name);
  }

  /** So that everything can be placed in the end; also where a cordon is still under way, or was never answered. */
  async uncordonAll(): Promise<void> {
    while (this.#changing.size > 0) await this.#world.timeline.sleep(LOOK_AGAIN_MS);
    const names = [...this.#cordoned, ...this.#unanswered].filter((name) => !this.#left.has(name));
    for (const name of names) await this.#world.client.apply(clusterObject(name, { taints: [] }));
    this.#cordoned.clear();
  }

  async leave(): Promise<void> {
    if (this.clusters.length <= 3) return;
    const name = this.#random.pick(this.clusters);
    // what is written at the same time, or uncordoned later, would make it anew
    if (this.#changing.has(name) || this.#unanswered.has(name)) return;
    await this.#alone(name, () => this.#leaveNow(name));
  }

  async #leaveNow(name: string): Promise<void> {
    this.#left.add(name);
    this.everLeft.add(name);
    this.#cordoned.delete(name);
    await this.#world.client.call({ method: 'DELETE', path: pathOf(clusterObject(name)) });
    this.#oracle.note(`${name} leaves`);
    this.#world.fleet.leave(name);
  }

  async rejoin(): Promise<void> {
    const name = [...this.#left].find((one) => !this.#changing.has(one));
    if (name === undefined) return;
    this.#left.delete(name);
    await this.#alone(name, () => this.#world.join(name));
  }

  /** Two who write to one Cluster at once may do so in any order, and nobody knew what is so in the end. */
  async #alone(name: string, write: () => Promise<void>): Promise<void> {
    if (this.#changing.has(name)) return;
    this.#changing.add(name);
    await write().finally(() => this.#changing.delete(name));
  }
}
