import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { type ClusterSim, createClusterSim } from './cluster-sim.ts';
import type { ClusterSimOptions, SimNode } from './options.ts';

/** mulberry32: small, seeded, good enough to be different. */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const node = (name: string, more: Partial<SimNode> = {}): SimNode => ({
  name,
  cpuMillis: 4_000,
  memoryBytes: 8 * 2 ** 30,
  ...more,
});

const GROUPS: Record<string, string> = {
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  daemonsets: '/apis/apps/v1',
  jobs: '/apis/batch/v1',
};

/** A simulated cluster under a clock that only the test moves. Paths are short: `pods`, `pods/web-0`, `nodes/a`. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly store: MemoryObjectStore;
  readonly sim: ClusterSim;
  readonly failures: unknown[] = [];

  constructor(options: Partial<ClusterSimOptions> & { seed?: number } = {}) {
    const { seed = 1, ...rest } = options;
    this.store = (options.store as MemoryObjectStore | undefined) ?? new MemoryObjectStore();
    this.sim = createClusterSim({
      name: 'north',
      nodes: [node('a'), node('b')],
      store: this.store,
      clock: this.clock,
      random: seeded(seed),
      onFailure: (error) => this.failures.push(error),
      ...rest,
    });
  }

  static async start(options: ConstructorParameters<typeof Bench>[0] = {}): Promise<Bench> {
    const bench = new Bench(options);
    await bench.sim.start();
    await bench.pass(0);
    return bench;
  }

  /** Lets time pass; what is due in it has happened when it returns. */
  async pass(durationMs: number): Promise<void> {
    await this.clock.advanceAsync(durationMs);
    while (!this.sim.isIdle) await this.clock.advanceAsync(0);
    if (this.failures.length > 0) throw this.failures[0];
  }

  async send(method: string, path: string, json?: unknown): Promise<{ status: number; body: any }> {
    const mark = path.indexOf('?');
    const plain = mark < 0 ? path : path.slice(0, mark);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await this.sim.handle({
      method,
      path: pathOf(plain),
      query: mark < 0 ? '' : path.slice(mark + 1),
      headers: { 'content-type': type },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      user: { name: 'test' },
    });
    await this.pass(0);
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
  }

  async make(object: KubeObject): Promise<KubeObject> {
    const { status, body } = await this.send('POST', `${object.kind.toLowerCase()}s`, object);
    if (status !== 201) throw new Error(`${object.kind} was not made: ${status} ${body?.message}`);
    return body;
  }

  async get(path: string): Promise<any> {
    const { status, body } = await this.send('GET', path);
    return status === 200 ? body : undefined;
  }

  async list(plural: string): Promise<any[]> {
    return (await this.get(plural)).items;
  }

  /** `name`, and behind it what it is like: `Ready`, `Running`, `Pending`, `Terminating`. */
  async pods(): Promise<string[]> {
    return (await this.list('pods')).map(({ metadata, status }) => `${metadata.name} ${stateOf(metadata, status)}`);
  }

  async countPods(state: string): Promise<number> {
    return (await this.pods()).filter((pod) => pod.endsWith(` ${state}`)).length;
  }

  /** Makes a node by the API, as a machine does that joins. */
  async join(name: string, allocatable: Record<string, string>): Promise<void> {
    await this.make({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
    await this.patch(`/api/v1/nodes/${name}/status`, { status: { allocatable } });
  }

  patch(path: string, body: unknown): Promise<{ status: number; body: any }> {
    return this.send('PATCH', path, body);
  }
}

const stateOf = (metadata: any, status: any): string => {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const ready = status?.conditions?.some((one: any) => one.type === 'Ready' && one.status === 'True');
  return ready ? 'Ready' : status?.phase;
};

const pathOf = (short: string): string => {
  if (short.startsWith('/')) return short;
  const [plural = '', ...rest] = short.split('/');
  const prefix = GROUPS[plural] ?? '/api/v1';
  const clusterWide = plural === 'nodes' || plural === 'namespaces';
  return [prefix, ...(clusterWide ? [] : ['namespaces/default']), plural, ...rest].join('/');
};

interface WorkloadOrder {
  readonly kind?: string;
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly cpu?: string;
  readonly spec?: object;
  readonly podSpec?: object;
}

/** A workload with one container. */
export const workload = (order: WorkloadOrder = {}): KubeObject => {
  const { kind = 'Deployment', name = 'web', replicas, image = 'web:1', cpu = '100m', spec, podSpec } = order;
  const labels = { app: name };
  const container = { name: 'main', image, resources: { requests: { cpu, memory: '64Mi' } } };
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(kind === 'Job' ? {} : { selector: { matchLabels: labels } }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: { metadata: { labels }, spec: { containers: [container], ...podSpec } },
      ...spec,
    },
  };
};
