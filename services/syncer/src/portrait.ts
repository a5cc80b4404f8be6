import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { parseQuantity } from '@skerry/api/quantity';
import type { ServedKinds } from './member/discovery.ts';

interface NodeFacts {
  readonly ready: boolean;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

interface PodRequests {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Sums over nodes and bound pods: what the hub shows of a cluster's size. In milli-CPU and bytes. */
export class ClusterPortrait {
  readonly #nodes = new Map<string, NodeFacts>();
  readonly #pods = new Map<string, PodRequests>();

  putNode({ metadata, ...node }: KubeObject): void {
    const status = (node['status'] ?? {}) as {
      allocatable?: Record<string, string>;
      conditions?: { type: string; status: string }[];
    };
    const { cpu = '0', memory = '0', pods = '0' } = status.allocatable ?? {};
    this.#nodes.set(metadata.uid ?? '', {
      ready: status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false,
      cpuMillis: Math.round(parseQuantity(cpu) * 1_000),
      memoryBytes: Math.round(parseQuantity(memory)),
      pods: Math.round(parseQuantity(pods)),
    });
  }

  removeNode(uid: string): void {
    this.#nodes.delete(uid);
  }

  putPod({ metadata, ...pod }: KubeObject): void {
    const spec = (pod['spec'] ?? {}) as {
      nodeName?: string;
      containers?: { resources?: { requests?: Record<string, string> } }[];
    };
    const phase = (pod['status'] as { phase?: string } | undefined)?.phase;
    const uid = metadata.uid ?? '';
    if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return void this.#pods.delete(uid);
    const total = { cpuMillis: 0, memoryBytes: 0 };
    for (const { resources } of spec.containers ?? []) {
      total.cpuMillis += Math.round(parseQuantity(resources?.requests?.['cpu'] ?? '0') * 1_000);
      total.memoryBytes += Math.round(parseQuantity(resources?.requests?.['memory'] ?? '0'));
    }
    this.#pods.set(uid, total);
  }

  removePod(uid: string): void {
    this.#pods.delete(uid);
  }

  get nodeUids(): Iterable<string> {
    return this.#nodes.keys();
  }

  describe({ cluster, kinds, version }: { cluster: string; kinds: ServedKinds; version: string }) {
    const nodes = [...this.#nodes.values()];
    const requests = [...this.#pods.values()];
    const sum = <T>(list: readonly T[], of: (item: T) => number): bigint =>
      BigInt(list.reduce((total, item) => total + of(item), 0));
    return {
      cluster,
      nodes: nodes.length,
      nodesReady: nodes.filter((node) => node.ready).length,
      allocatable: {
        cpuMillis: sum(nodes, (node) => node.cpuMillis),
        memoryBytes: sum(nodes, (node) => node.memoryBytes),
        pods: sum(nodes, (node) => node.pods),
      },
      requested: {
        cpuMillis: sum(requests, (one) => one.cpuMillis),
        memoryBytes: sum(requests, (one) => one.memoryBytes),
        pods: BigInt(requests.length),
      },
      kubernetesVersion: version,
      kinds: kinds.kinds,
      kindsComplete: kinds.complete,
    };
  }
}
