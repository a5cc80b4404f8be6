import { mkdirSync, realpathSync } from 'node:fs';
import { locate } from '@skerry/native/locate';
import { memberPrograms } from '@skerry/native/programs';
import { requireFree } from '../free-port.ts';
import { endLeftovers } from '../pid-files.ts';
import { markWhole } from '../state-folder.ts';
import { Supervisor, type Child } from '../supervisor.ts';
import { waitUntil } from '../wait-until.ts';
import { etcdOrder, type MemberPrograms } from './commands.ts';
import { filesOf } from './member-files.ts';
import { startMember, type Member } from './member.ts';
import { openPlan, type MemberOrder, type Plan } from './plan.ts';

export interface MembersOptions {
  /** Where their state lies; made if absent, continued if whole. */
  readonly dir: string;
  /** Names, or orders that say more. */
  readonly members: readonly (string | (Pick<MemberOrder, 'name'> & Partial<MemberOrder>))[];
  /** Who keeps the pid files. Default: one of its own, with `dir` as its state folder. */
  readonly supervisor?: Supervisor;
  readonly report?: (line: string) => void;
}

/** Real member clusters, all ready. */
export interface Members {
  readonly members: readonly Member[];
  /** By name; throws if there is none. */
  member(name: string): Member;
  /** Ends all their processes; the state stays. */
  close(): Promise<void>;
}

const regions = ['north', 'south', 'west', 'east'];

/**
 * Starts real clusters: one etcd, and for each an API server with an audit log, controllers, scheduler and kwok. Returns
 * when the nodes of all are ready: 7 to 9 s for three on two cores, once the programs are cached.
 */
export async function startMembers(options: MembersOptions): Promise<Members> {
  const programs = await locate(memberPrograms, { report: options.report });
  const orders = options.members.map(orderOf);
  mkdirSync(options.dir, { recursive: true, mode: 0o755 });
  const dir = realpathSync(options.dir);
  // A supervisor of our own: nobody else has looked for what a killed run left here.
  if (options.supervisor === undefined) await endLeftovers(dir);
  const plan = await openPlan(dir, { names: orders.map(({ name }) => name), report: options.report });
  const supervisor = options.supervisor ?? new Supervisor(dir);
  const etcd = await startEtcd(dir, { plan, programs, supervisor });
  const started = await Promise.allSettled(
    orders.map((order, index) => {
      const member = plan.members[index]!;
      const context = { member, files: filesOf(dir, member.name), programs, etcdClientPort: plan.etcdClientPort };
      return startMember(order, { context, supervisor });
    }),
  );
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await supervisor.close();
    throw failed.reason;
  }
  markWhole(dir);
  return handle(
    started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    { etcd, own: options.supervisor === undefined ? supervisor : undefined },
  );
}

function handle(members: readonly Member[], { etcd, own }: { etcd: Child; own: Supervisor | undefined }): Members {
  return {
    members,
    member: (name) => {
      const found = members.find((member) => member.name === name);
      if (found === undefined)
        throw new RangeError(`no cluster ${name}; there are ${members.map((m) => m.name).join(', ')}`);
      return found;
    },
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
      await etcd.stop();
      await own?.close();
    },
  };
}

function orderOf(given: MembersOptions['members'][number], index: number): MemberOrder {
  const region = regions[index % regions.length]!;
  const defaults = { region, nodes: 3, nodeCpuMillis: 32_000, nodeMemoryBytes: 128 * 1024 ** 3 };
  const order = { ...defaults, ...(typeof given === 'string' ? { name: given } : given) };
  return { ...order, zones: order.zones ?? ['a', 'b', 'c'].map((zone) => `${order.region}-${zone}`) };
}

async function startEtcd(
  dir: string,
  { plan, programs, supervisor }: { plan: Plan; programs: MemberPrograms; supervisor: Supervisor },
): Promise<Child> {
  const order = etcdOrder(dir, { plan, programs });
  await requireFree(plan.etcdClientPort, 'etcd');
  await requireFree(plan.etcdPeerPort, 'etcd (peers)');
  const child = supervisor.start(order);
  await waitUntil({
    what: 'etcd is healthy',
    deadlineMs: 30_000,
    remedy: `see ${order.logFile}`,
    check: async () => {
      child.requireAlive();
      const answer = await fetch(`http://127.0.0.1:${plan.etcdClientPort}/health`).catch(() => undefined); // not yet
      return answer?.ok === true ? true : undefined;
    },
  });
  return child;
}
