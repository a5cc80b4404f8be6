import { readQuantity } from '@skerry/api/quantity';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { type Requests, requestsOf } from '../objects/pod.ts';
import type { Node, PodSpec } from '../objects/views.ts';
import { whyNotOn } from './node-fit.ts';

interface Room {
  node: Node | undefined;
  cpuMillis: number;
  memoryBytes: number;
  pods: number;
  usedCpuMillis: number;
  usedMemoryBytes: number;
  usedPods: number;
}

const NOTHING: Omit<Room, 'node'> = {
  cpuMillis: 0,
  memoryBytes: 0,
  pods: 0,
  usedCpuMillis: 0,
  usedMemoryBytes: 0,
  usedPods: 0,
};

/** What each node has and what is taken of it, by the requests of the pods that are bound to it. */
export class Capacity {
  readonly #rooms = new Map<string, Room>();

  setNode(name: string, object: KubeObject | undefined): void {
    const node = object as Node | undefined;
    const room = this.#room(name);
    room.node = node;
    const { cpu, memory, pods } = node?.status?.allocatable ?? {};
    room.cpuMillis = Math.round((readQuantity(cpu) ?? 0) * 1_000);
    room.memoryBytes = readQuantity(memory) ?? 0;
    room.pods = readQuantity(pods) ?? 0;
  }

  take(name: string, { requests, by }: { requests: Requests; by: 1 | -1 }): void {
    const room = this.#room(name);
    room.usedCpuMillis += by * requests.cpuMillis;
    room.usedMemoryBytes += by * requests.memoryBytes;
    room.usedPods += by;
  }

  /** The node with the most room left in the scarcest of its three measures, or why there is none. Equal ones: by name. */
  choose(spec: PodSpec): { readonly node: string } | string {
    const requests = requestsOf(spec);
    const reasons = new Map<string, number>();
    let best: { name: string; score: number } | undefined;
    let nodes = 0;
    for (const [name, room] of this.#rooms) {
      if (room.node === undefined) continue;
      nodes += 1;
      const why = whyNotOn(room.node, spec) ?? shortage(room, requests);
      if (why !== undefined) {
        reasons.set(why, (reasons.get(why) ?? 0) + 1);
        continue;
      }
      const score = scoreOf(room, requests);
      if (best === undefined || score > best.score || (score === best.score && name < best.name))
        best = { name, score };
    }
    if (best !== undefined) return { node: best.name };
    const list = [...reasons].map(([why, count]) => `${count} ${why}`).sort();
    return `0/${nodes} nodes are available${list.length === 0 ? '' : `: ${list.join(', ')}`}.`;
  }

  #room(name: string): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) this.#rooms.set(name, (room = { node: undefined, ...NOTHING }));
    return room;
  }
}

const shortage = (room: Room, { cpuMillis, memoryBytes }: Requests): string | undefined => {
  if (room.usedPods + 1 > room.pods) return 'Too many pods';
  if (cpuMillis > 0 && room.usedCpuMillis + cpuMillis > room.cpuMillis) return 'Insufficient cpu';
  if (memoryBytes > 0 && room.usedMemoryBytes + memoryBytes > room.memoryBytes) return 'Insufficient memory';
  return undefined;
};

const scoreOf = (room: Room, { cpuMillis, memoryBytes }: Requests): number =>
  Math.min(
    1 - share(room.usedCpuMillis + cpuMillis, room.cpuMillis),
    1 - share(room.usedMemoryBytes + memoryBytes, room.memoryBytes),
    1 - share(room.usedPods + 1, room.pods),
  );

/** A node without a measure is full in it, which matters only among nodes where nothing of it is asked for. */
const share = (used: number, total: number): number => (total > 0 ? used / total : 1);
