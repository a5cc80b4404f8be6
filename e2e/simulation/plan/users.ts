import { someClusters, someWeights } from './draws.ts';
import { Membership } from './membership.ts';
import { Random } from '../world/random.ts';
import {
  NAMESPACE,
  namespaceObject,
  policyObject,
  type PolicySpec,
  workloadObject,
  type WorkloadSpec,
} from '../world/objects.ts';
import { pathOf } from '../world/client.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { World } from '../world/world.ts';

export type UserAction =
  | 'scale'
  | 'image'
  | 'both'
  | 'remove'
  | 'recreate'
  | 'hurry'
  | 'create'
  | 'movePolicy'
  | 'reweighPolicy'
  | 'changeStrategy'
  | 'replacePolicy'
  | 'cordon'
  | 'leave'
  | 'rejoin'
  | 'contest'
  | 'nowhere';

const GROUPS = 8;
const SETTLE_MS = 6_000;

/** People at the hub: one who writes at a time, and what was answered to them is what they ordered. */
export class Users {
  readonly policies = new Map<string, PolicySpec>();
  readonly membership: Membership;
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #random: Random;
  #made = 0;
  #busy = 0;

  constructor({ world, oracle }: { world: World; oracle: Oracle }) {
    this.#world = world;
    this.#oracle = oracle;
    this.#random = new Random(world.seed, 'users');
    this.membership = new Membership({ world, oracle, random: this.#random });
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  get clusters(): readonly string[] {
    return this.membership.clusters;
  }

  async setUp(workloads: number): Promise<void> {
    await this.#world.client.apply(namespaceObject());
    for (let at = 0; at < GROUPS; at += 1) await this.#writePolicy(this.#newPolicy(`g${at}`));
    for (let at = 0; at < workloads; at += 1) await this.#create();
  }

  /** Nothing happens while somebody else writes the same. */
  act(action: UserAction): void {
    this.#busy += 1;
    this.#world.background(() => this.#do(action).finally(() => (this.#busy -= 1)));
  }

  /** Of a restored hub nobody knows what it still has: people look, and go on from there. */
  async lookAgain(): Promise<void> {
    const { client } = this.#world;
    const { present } = this.#oracle.orders;
    for (const order of [...present.values()]) {
      const path = pathOf(workloadObject({ ...order, kind: order.kind as WorkloadSpec['kind'] }));
      const answer = await client.call({ method: 'GET', path });
      if (answer?.status === 404) present.delete(order.name);
      else if (answer?.status === 200) this.#ordered(order as unknown as WorkloadSpec, answer.body);
    }
    for (const [group, policy] of [...this.policies]) {
      const answer = await client.call({ method: 'GET', path: pathOf(policyObject(policy)) });
      if (answer?.status === 404) this.policies.delete(group);
    }
  }

  async #do(action: UserAction): Promise<void> {
    const random = this.#random;
    switch (action) {
      case 'scale':
        return this.#edit((before) => ({ ...before, replicas: random.whole(0, 8) === 0 ? 0 : random.whole(1, 5) }));
      case 'image':
        return this.#edit((before) => ({ ...before, image: `app:${random.whole(1, 9)}` }));
      case 'both':
        return this.#edit((before) => ({
          ...before,
          replicas: random.whole(1, 5),
          image: `app:${random.whole(1, 9)}`,
        }));
      case 'remove':
        return void (await this.#remove());
      case 'recreate': {
        const removed = await this.#recreate();
        if (removed && random.chance(0.3)) await this.#repeat(removed);
        return;
      }
      case 'hurry':
        return this.#hurry();
      case 'create':
        return this.#create();
      case 'leave':
        return this.membership.leave();
      case 'rejoin':
        return this.membership.rejoin();
      case 'cordon':
        return this.membership.cordon();
      case 'nowhere':
        return this.#nowhere();
      case 'contest':
        return this.#contest();
      default:
        return this.#editPolicy(action);
    }
  }

  async #recreate(order = this.#pick()): Promise<{ spec: WorkloadSpec; id: string } | undefined> {
    const removed = order && (await this.#remove(order));
    if (removed) await this.#write(removed.spec);
    return removed;
  }

  /** Makes the same anew and anew, while what was made before is still on its way to the members. */
  async #hurry(): Promise<void> {
    const order = this.#pick();
    for (let round = this.#random.whole(2, 4); order && round > 0; round -= 1) {
      await this.#recreate(order);
      await this.#world.timeline.sleep(this.#random.whole(0, 6_000));
    }
  }

  async #editPolicy(action: UserAction): Promise<void> {
    const policy = this.#random.pick([...this.policies.values()]);
    if (!policy) return;
    if (action === 'movePolicy')
      await this.#writePolicy({ ...policy, clusters: someClusters(this.#random, this.clusters), weights: {} });
    if (action === 'reweighPolicy')
      await this.#writePolicy({ ...policy, weights: someWeights(this.#random, policy.clusters) });
    if (action === 'changeStrategy')
      await this.#writePolicy({ ...policy, strategy: policy.strategy === 'Weighted' ? 'Duplicated' : 'Weighted' });
    if (action === 'replacePolicy') await this.#replacePolicy(policy);
  }

  async #create(): Promise<void> {
    const random = this.#random;
    const kind = random.weighted([
      ['Deployment', 8],
      ['ConfigMap', 1.5],
      ['StatefulSet', 0.5],
    ] as const)!;
    const groups = [...this.policies.values()].filter((one) => kind !== 'StatefulSet' || one.strategy === 'Duplicated');
    const group = groups.length === 0 ? 'none' : random.pick(groups).group;
    const name = `w${(this.#made += 1)}`;
    await this.#write({ name, kind, group, replicas: random.whole(1, 3), image: 'app:1' });
  }

  async #edit(change: (before: WorkloadSpec) => WorkloadSpec): Promise<void> {
    const order = this.#pick();
    if (order && order.kind !== 'ConfigMap') await this.#write(change(order));
  }

  #pick(): WorkloadSpec | undefined {
    const { present, open } = this.#oracle.orders;
    const free = [...present.values()].filter(({ name, deleted }) => !deleted && !open.has(name));
    return free.length === 0 ? undefined : (this.#random.pick(free) as unknown as WorkloadSpec);
  }

  async #write(spec: WorkloadSpec): Promise<void> {
    const { orders } = this.#oracle;
    if (orders.open.has(spec.name)) return;
    orders.open.add(spec.name);
    const answer = await this.#world.client.apply(workloadObject(spec));
    // without an answer nobody knows: the name stays out of what is promised
    if (answer === undefined) return;
    orders.open.delete(spec.name);
    if (answer.status < 300) this.#ordered(spec, answer.body);
    else if (answer.status !== 409)
      throw new Error(`apply ${spec.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  #ordered(spec: WorkloadSpec, object: { metadata: { uid: string }; spec?: any; data?: any }): void {
    const image = object.spec?.template.spec.containers[0].image ?? object.data?.image;
    const replicas = object.spec?.replicas ?? spec.replicas;
    const order = { ...spec, uid: object.metadata.uid, replicas, image, deleted: false };
    this.#oracle.orders.present.set(spec.name, order);
  }

  /** P1: what was answered changes nothing when it comes once more, also when it would mean another object by now. */
  async #repeat({ spec, id }: { spec: WorkloadSpec; id: string }): Promise<void> {
    const { orders, verdicts } = this.#oracle;
    const made = orders.present.get(spec.name);
    const path = pathOf(workloadObject(spec));
    if (!made || made.deleted || orders.open.has(spec.name)) return;
    await this.#world.client.once({ method: 'DELETE', path }, id);
    const answer = await this.#world.client.call({ method: 'GET', path });
    // somebody may be deleting it by now, and not have the answer yet
    const isUntouched = orders.present.get(spec.name) === made && !orders.open.has(spec.name);
    const isStill = isUntouched && orders.restoredMs === undefined;
    if (isStill && answer?.status === 404)
      verdicts.broken('P1', `the delete of ${spec.name}, repeated under its key, deleted what was made since`);
  }

  async #remove(order = this.#pick()): Promise<{ spec: WorkloadSpec; id: string } | undefined> {
    const { orders } = this.#oracle;
    if (!order || orders.open.has(order.name)) return undefined;
    orders.open.add(order.name);
    const answer = await this.#world.client.call({ method: 'DELETE', path: pathOf(workloadObject(order)) });
    if (answer === undefined) return undefined;
    orders.open.delete(order.name);
    const present = orders.present.get(order.name);
    // a restored hub may not have had it any more
    if (present) orders.present.set(order.name, { ...present, deleted: true });
    return { spec: order, id: answer.id };
  }

  #newPolicy(group: string): PolicySpec {
    const strategy = this.#random.chance(0.65) ? 'Weighted' : 'Duplicated';
    return { group, strategy, clusters: someClusters(this.#random, this.clusters), weights: {}, soak: '21s' };
  }

  async #writePolicy(policy: PolicySpec): Promise<void> {
    const answer = await this.#world.client.apply(policyObject(policy));
    if (answer !== undefined && answer.status < 300) this.policies.set(policy.group, policy);
  }

  /** A policy that nothing fits, for a while: what runs stays. */
  async #nowhere(): Promise<void> {
    const policy = this.#random.pick([...this.policies.values()]);
    if (!policy) return;
    await this.#writePolicy({ ...policy, clusters: ['nowhere'], weights: {} });
    await this.#world.timeline.sleep(this.#random.whole(2_000, 40_000));
    await this.#writePolicy(policy);
  }

  async #replacePolicy(policy: PolicySpec): Promise<void> {
    await this.#world.client.call({ method: 'DELETE', path: pathOf(policyObject(policy)) });
    await this.#world.timeline.sleep(this.#random.chance(0.5) ? 1_000 : SETTLE_MS);
    await this.#writePolicy(policy);
  }

  /** P11: who writes what somebody else wrote learns of it. */
  async #contest(): Promise<void> {
    const order = this.#pick();
    if (!order || order.kind === 'ConfigMap') return;
    const object = workloadObject({ ...order, image: 'app:other' });
    const call = { method: 'PATCH' as const, path: pathOf(object), query: 'fieldManager=other', body: object };
    const answer = await this.#world.client.call({ ...call, user: 'other' });
    if (answer !== undefined && answer.status < 300 && order.image !== 'app:other')
      this.#oracle.verdicts.broken(
        'P11',
        `${order.name} in ${NAMESPACE}: two wrote the same field, nobody learned of it`,
      );
  }
}
