import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { MANAGED, NAMESPACE } from '../world/objects.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';

const USER = { name: 'somebody', groups: ['system:masters'] };
const COLLECTION = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** People and controllers in a member who know nothing of the hub. */
export class OthersInMember {
  readonly #world: World;
  readonly #random: Random;

  constructor({ world, random }: { world: World; random: Random }) {
    this.#world = world;
    this.#random = random;
  }

  killPods(cluster: string): void {
    this.#with(cluster, async () => {
      const pods = await this.#list(cluster, PODS);
      for (const { metadata } of pods.filter(() => this.#random.chance(0.15)))
        await this.#ask(cluster, { method: 'DELETE', path: `${PODS}/${metadata.name}` });
    });
  }

  deleteOne(cluster: string): void {
    this.#with(cluster, async () => {
      const path = await this.#anyDeployment(cluster);
      if (path !== undefined) await this.#ask(cluster, { method: 'DELETE', path });
    });
  }

  editOne(cluster: string): void {
    const replicas = this.#random.whole(0, 6);
    this.#with(cluster, async () => {
      const path = await this.#anyDeployment(cluster);
      const body = JSON.stringify({ spec: { replicas } });
      if (path !== undefined) await this.#ask(cluster, { method: 'PATCH', path, body });
    });
  }

  /** Somebody's controller, that wants another count and never gives in. */
  fight(cluster: string): void {
    this.#with(cluster, async () => {
      const path = await this.#anyDeployment(cluster);
      for (let round = 0; path !== undefined && round < 12; round += 1) {
        const body = JSON.stringify({ spec: { replicas: 7 } });
        await this.#ask(cluster, { method: 'PATCH', path, body });
        await this.#world.timeline.sleep(3_000);
      }
    });
  }

  async #anyDeployment(cluster: string): Promise<string | undefined> {
    const all = await this.#list(cluster, `${COLLECTION}?labelSelector=${MANAGED}%3Dtrue`);
    return all.length === 0 ? undefined : `${COLLECTION}/${this.#random.pick(all).metadata.name}`;
  }

  async #list(cluster: string, path: string): Promise<readonly KubeObject[]> {
    const text = await this.#ask(cluster, { method: 'GET', path });
    return text === undefined ? [] : ((JSON.parse(text) as { items?: KubeObject[] }).items ?? []);
  }

  async #ask(
    cluster: string,
    { method, path, body = '' }: { method: string; path: string; body?: string },
  ): Promise<string | undefined> {
    const [plain, query = ''] = path.split('?');
    const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    const { sim } = this.#world.fleet.members.get(cluster)!.cluster;
    const answer = await sim.handle({ method, path: plain!, query, headers, body, user: USER });
    return answer.status < 300 ? answer.body : undefined;
  }

  /** A member that does not answer them either. */
  #with(cluster: string, work: () => Promise<void>): void {
    if (this.#world.fleet.members.get(cluster)!.cluster.sim.faults.isDown) return;
    this.#world.background(() =>
      work().catch((error: unknown) => {
        if (!String(error).includes('connection refused')) throw error;
      }),
    );
  }
}
