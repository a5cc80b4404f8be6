import { ToolFailure } from '@skerry/native/tool-failure';
import { requireFree } from '../free-port.ts';
import type { Child, Supervisor } from '../supervisor.ts';
import { waitUntil } from '../wait-until.ts';
import { auditedRequests, auditMark, type AuditedRequest, type AuditQuery } from './audit-log.ts';
import { actorOrders, apiServerOrder, type MemberContext } from './commands.ts';
import { authorityOf, writeKubeconfigs, writeServerFiles } from './member-files.ts';
import { apiClient, type ApiClient } from './member-request.ts';
import { nodesOf, type MemberOrder, type MemberUser, type NodeOrder } from './plan.ts';

/** A real Kubernetes cluster on loopback: API server, controllers, scheduler; its nodes are played by kwok. */
export interface Member {
  readonly name: string;
  readonly region: string;
  readonly zones: readonly string[];
  /** `https://127.0.0.1:port`. */
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  /** The kubeconfig (mode 600) of a user: `skerry` for the product, `admin` for who watches it. */
  kubeconfig(user: MemberUser): string;
  token(user: MemberUser): string;
  /** A request as `admin`. */
  readonly request: ApiClient;
  /** SIGSTOP: connections stay open and nothing answers. */
  stopApi(): void;
  /** SIGCONT. */
  resumeApi(): void;
  /** SIGKILL: connections are refused. */
  killApi(): Promise<void>;
  /** Starts the API server again on the same port, and whatever else has ended. Returns when it is ready. */
  restartApi(): Promise<void>;
  /** SIGSTOP for kube-controller-manager, or for kwok, which plays the nodes; the result is SIGCONT. */
  freeze(part: 'controllers' | 'nodes'): () => void;
  /** The present end of the audit log, for `audit({ since })`. */
  auditMark(): number;
  audit(query?: AuditQuery): AuditedRequest[];
  close(): Promise<void>;
}

const readyDeadlineMs = 90_000;

/** Starts a member whose etcd runs, and returns when its nodes are ready. */
export async function startMember(
  order: MemberOrder,
  { context, supervisor }: { context: MemberContext; supervisor: Supervisor },
): Promise<Member> {
  const { member, files } = context;
  writeServerFiles(member, files);
  const running = new Running(context, supervisor);
  await running.startApi();
  writeKubeconfigs(member, files);
  const authority = authorityOf(files);
  const { request, close } = apiClient({ port: member.apiPort, token: member.tokens.admin, authority });
  await ready(request, running);
  running.startActors();
  await Promise.all(nodesOf(order).map((node) => makeNode(request, node)));
  await nodesReady(request, { order, running });
  return {
    name: member.name,
    region: order.region,
    zones: order.zones,
    server: `https://127.0.0.1:${member.apiPort}`,
    authority,
    request,
    kubeconfig: (user) => files.kubeconfig(user),
    token: (user) => member.tokens[user],
    stopApi: () => running.api.signal('SIGSTOP'),
    resumeApi: () => running.api.signal('SIGCONT'),
    killApi: () => running.api.kill(),
    restartApi: async () => {
      await running.startApi();
      await ready(request, running);
      running.startActors();
    },
    freeze: (part) => running.freeze(part),
    auditMark: () => auditMark(files.auditLog),
    audit: (query) => auditedRequests(files.auditLog, query),
    close: async () => {
      close();
      await running.stop();
    },
  };
}

/** The processes of one member. */
class Running {
  readonly #context: MemberContext;
  readonly #supervisor: Supervisor;
  readonly #actors = new Map<string, Child>();
  #api: Child | undefined;

  constructor(context: MemberContext, supervisor: Supervisor) {
    this.#context = context;
    this.#supervisor = supervisor;
  }

  get api(): Child {
    if (this.#api === undefined) throw new ToolFailure('the API server was not started', 'start it first');
    return this.#api;
  }

  async startApi(): Promise<void> {
    if (this.#api?.alive() === true) await this.#api.kill();
    const order = apiServerOrder(this.#context);
    await requireFree(this.#context.member.apiPort, order.name);
    this.#api = this.#supervisor.start(order);
    // It writes its certificate before it listens; kubeconfigs and clients need that.
    await waitUntil({
      what: `${order.name} has made its certificate`,
      deadlineMs: readyDeadlineMs,
      remedy: `see ${order.logFile}`,
      check: () => {
        this.#api?.requireAlive();
        return certificateOf(this.#context);
      },
    });
  }

  /** Starts the actors that do not run: at the first start all, later those that gave up on a dead API server. */
  startActors(): void {
    for (const order of actorOrders(this.#context)) {
      if (this.#actors.get(order.name)?.alive() === true) continue;
      this.#actors.set(order.name, this.#supervisor.start(order));
    }
  }

  freeze(part: 'controllers' | 'nodes'): () => void {
    const program = part === 'controllers' ? 'kube-controller-manager' : 'kwok';
    const child = this.#actors.get(`${this.#context.member.name}-${program}`)!;
    child.signal('SIGSTOP');
    return () => child.signal('SIGCONT');
  }

  requireAlive(): void {
    for (const child of [this.api, ...this.#actors.values()]) child.requireAlive();
  }

  async stop(): Promise<void> {
    const children = [...this.#actors.values(), ...(this.#api === undefined ? [] : [this.#api])];
    await Promise.all(children.map((child) => child.stop()));
  }
}

function certificateOf({ files }: MemberContext): string | undefined {
  try {
    return authorityOf(files) || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Ready, and past the hook that makes the namespace `default`, without which the first apply could fail. */
async function ready(request: ApiClient, running: Running): Promise<void> {
  await waitUntil({
    what: 'the API server is ready',
    deadlineMs: readyDeadlineMs,
    pauseMs: 100,
    remedy: 'see kube-apiserver.log in its folder',
    check: async () => {
      running.api.requireAlive();
      const asked = ['/readyz', '/api/v1/namespaces/default'].map((path) => request({ path, deadlineMs: 2_000 }));
      const answers = await Promise.all(asked).catch(() => []); // not listening yet
      return answers.length > 0 && answers.every(({ status }) => status === 200) ? true : undefined;
    },
  });
}

async function makeNode(request: ApiClient, node: NodeOrder): Promise<void> {
  const room = { cpu: `${node.cpuMillis}m`, memory: String(node.memoryBytes), pods: String(node.pods) };
  const body = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name, labels: node.labels, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
    status: { capacity: room, allocatable: room },
  };
  const { status, body: answer } = await request({ method: 'POST', path: '/api/v1/nodes', body });
  // 409: the node is there from an earlier start.
  if (status === 201 || status === 409) return;
  throw new ToolFailure(
    `node ${node.name} was refused (${status}): ${JSON.stringify(answer)}`,
    'begin anew with --fresh',
  );
}

async function nodesReady(
  request: ApiClient,
  { order, running }: { order: MemberOrder; running: Running },
): Promise<void> {
  await waitUntil({
    what: `${order.nodes} nodes of ${order.name} are ready`,
    deadlineMs: readyDeadlineMs,
    pauseMs: 100,
    remedy: 'see kwok.log in its folder',
    check: async () => {
      running.requireAlive();
      const { body } = await request({ path: '/api/v1/nodes' });
      return (body.items as NodeObject[]).filter(isReady).length >= order.nodes ? true : undefined;
    },
  });
}

interface NodeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady(node: NodeObject): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
