import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Located } from '@skerry/native/search';
import type { memberPrograms } from '@skerry/native/programs';
import type { ChildOrder } from '../supervisor.ts';
import type { MemberFiles } from './member-files.ts';
import type { MemberPlan, Plan } from './plan.ts';

export type MemberPrograms = Readonly<Record<(typeof memberPrograms)[number], Located>>;

const stages = fileURLToPath(new URL('../../assets/stages.yaml', import.meta.url));

/** One etcd serves all members; each has its own key prefix. */
export function etcdOrder(dir: string, { plan, programs }: { plan: Plan; programs: MemberPrograms }): ChildOrder {
  const client = `http://127.0.0.1:${plan.etcdClientPort}`;
  const peer = `http://127.0.0.1:${plan.etcdPeerPort}`;
  return {
    name: 'etcd',
    command: programs.etcd.path,
    logFile: join(dir, 'etcd.log'),
    args: [
      '--name=members',
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=members=${peer}`,
      '--log-level=warn',
      // These clusters play a part on one machine; what they lose with the machine's power is applied again.
      '--unsafe-no-fsync',
      '--quota-backend-bytes=4294967296',
      '--auto-compaction-mode=periodic',
      '--auto-compaction-retention=5m',
    ],
  };
}

export interface MemberContext {
  readonly member: MemberPlan;
  readonly files: MemberFiles;
  readonly programs: MemberPrograms;
  readonly etcdClientPort: number;
}

export function apiServerOrder({ member, files, programs, etcdClientPort }: MemberContext): ChildOrder {
  return {
    name: `${member.name}-kube-apiserver`,
    command: programs['kube-apiserver'].path,
    logFile: files.log('kube-apiserver'),
    // It keeps nothing itself, and its own graceful end takes longer than a start.
    endBy: 'SIGKILL',
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdClientPort}`,
      `--etcd-prefix=/${member.name}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${member.apiPort}`,
      `--cert-dir=${files.certificates}`,
      `--token-auth-file=${files.tokens}`,
      '--authorization-mode=RBAC',
      `--service-cluster-ip-range=${member.serviceCidr}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--endpoint-reconciler-type=none',
      // Without the controllers that serve them, the first refuses every pod and the second leaves all pods Pending.
      '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
      '--enable-priority-and-fairness=false',
      '--event-ttl=10m',
      `--audit-policy-file=${files.auditPolicy}`,
      `--audit-log-path=${files.auditLog}`,
      '--audit-log-maxsize=1000',
    ],
  };
}

/** What acts on the objects of a member: controllers, scheduler, and the player of nodes and pods. */
export function actorOrders(context: MemberContext): ChildOrder[] {
  return [controllerManagerOrder(context), schedulerOrder(context), kwokOrder(context)];
}

const controllers = ['deployment', 'replicaset', 'statefulset', 'daemonset', 'job', 'namespace'].map(
  (kind) => `${kind}-controller`,
);

function controllerManagerOrder({ member, files, programs }: MemberContext): ChildOrder {
  return {
    name: `${member.name}-kube-controller-manager`,
    command: programs['kube-controller-manager'].path,
    logFile: files.log('kube-controller-manager'),
    endBy: 'SIGKILL',
    args: [
      `--kubeconfig=${files.kubeconfig('controller-manager')}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${member.controllerManagerPort}`,
      '--authorization-always-allow-paths=*',
      `--controllers=${[...controllers, 'garbage-collector-controller'].join(',')}`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
  };
}

function schedulerOrder({ member, files, programs }: MemberContext): ChildOrder {
  return {
    name: `${member.name}-kube-scheduler`,
    command: programs['kube-scheduler'].path,
    logFile: files.log('kube-scheduler'),
    endBy: 'SIGKILL',
    args: [
      `--kubeconfig=${files.kubeconfig('scheduler')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${member.schedulerPort}`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
  };
}

function kwokOrder({ member, files, programs }: MemberContext): ChildOrder {
  return {
    name: `${member.name}-kwok`,
    command: programs.kwok.path,
    logFile: files.log('kwok'),
    endBy: 'SIGKILL',
    args: [
      `--kubeconfig=${files.kubeconfig('kwok')}`,
      `--config=${stages}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
      `--cidr=${member.podCidr}`,
      `--server-address=127.0.0.1:${member.kwokPort}`,
    ],
  };
}
