import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolFailure } from '@skerry/native/tool-failure';
import { freePorts } from '../free-port.ts';
import { clearHalfWritten, isWhole } from '../state-folder.ts';

/** A simulated node of a real cluster. */
export interface NodeOrder {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A cluster as ordered. */
export interface MemberOrder {
  /** A DNS label. */
  readonly name: string;
  readonly region: string;
  /** Nodes are spread over these in turn. */
  readonly zones: readonly string[];
  readonly nodes: number;
  readonly nodeCpuMillis: number;
  readonly nodeMemoryBytes: number;
}

/** Users of a member's API. Each has its own token, so that the audit log tells them apart. */
export const memberUsers = ['admin', 'skerry', 'controller-manager', 'scheduler', 'kwok'] as const;
export type MemberUser = (typeof memberUsers)[number];

/** What stays the same over all starts of one member. */
export interface MemberPlan {
  readonly name: string;
  readonly apiPort: number;
  readonly controllerManagerPort: number;
  readonly schedulerPort: number;
  readonly kwokPort: number;
  readonly serviceCidr: string;
  readonly podCidr: string;
  readonly tokens: Readonly<Record<MemberUser, string>>;
}

export interface Plan {
  readonly etcdClientPort: number;
  readonly etcdPeerPort: number;
  readonly members: readonly MemberPlan[];
}

/** The plan of an earlier start in `dir`, or a new one. Other names than there are need a new folder. */
export async function openPlan(
  dir: string,
  request: { names: readonly string[]; report?: (line: string) => void },
): Promise<Plan> {
  const file = join(dir, 'plan.json');
  if (isWhole(dir) && existsSync(file)) {
    const known = JSON.parse(readFileSync(file, 'utf8')) as Plan;
    const names = known.members.map(({ name }) => name).join(', ');
    if (names === request.names.join(', ')) return known;
    throw new ToolFailure(
      `${dir} holds the clusters ${names}, not ${request.names.join(', ')}`,
      'begin anew with --fresh, or choose another state folder',
    );
  }
  clearHalfWritten(dir, request.report);
  const plan = await makePlan(request.names);
  writeFileSync(file, JSON.stringify(plan), { mode: 0o600 });
  return plan;
}

async function makePlan(names: readonly string[]): Promise<Plan> {
  const wrong = names.find((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong !== undefined) throw new ToolFailure(`cluster name "${wrong}" is no DNS label`, 'use a-z, 0-9 and -');
  const ports = await freePorts(2 + 4 * names.length);
  const next = (): number => ports.pop() as number;
  return {
    etcdClientPort: next(),
    etcdPeerPort: next(),
    members: names.map((name, index) => ({
      name,
      apiPort: next(),
      controllerManagerPort: next(),
      schedulerPort: next(),
      kwokPort: next(),
      serviceCidr: `10.${101 + index}.0.0/16`,
      podCidr: `10.${1 + index}.0.0/16`,
      tokens: Object.fromEntries(memberUsers.map((user) => [user, randomBytes(24).toString('base64url')])) as Record<
        MemberUser,
        string
      >,
    })),
  };
}

/** The nodes of a cluster, in order of name. */
export function nodesOf(order: MemberOrder): NodeOrder[] {
  return Array.from({ length: order.nodes }, (_, index) => {
    const name = `${order.name}-node-${index + 1}`;
    return {
      name,
      cpuMillis: order.nodeCpuMillis,
      memoryBytes: order.nodeMemoryBytes,
      pods: 110,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': order.region,
        'topology.kubernetes.io/zone': order.zones[index % order.zones.length] ?? order.region,
      },
    };
  });
}
