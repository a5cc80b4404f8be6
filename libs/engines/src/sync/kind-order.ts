import { byText } from '@skerry/kernel/order';

/** Kinds in the order in which they can stand on one another; what is not named comes last (custom resources among them). */
const RANKED = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'DaemonSet',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'Ingress',
  'HorizontalPodAutoscaler',
];
const RANKS = new Map(RANKED.map((kind, rank) => [kind, rank]));

export interface Ordered {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The place of a kind in that order; kinds of one place need not wait for one another. */
export const rankOf = (kind: string): number => RANKS.get(kind) ?? RANKED.length;

/** One total order: rank, group, kind, namespace, name, uid. Applies go forwards, deletes backwards. */
export const byKindOrder = (a: Ordered, b: Ordered): number =>
  rankOf(a.kind) - rankOf(b.kind) ||
  byText(a.group, b.group) ||
  byText(a.kind, b.kind) ||
  byText(a.namespace, b.namespace) ||
  byText(a.name, b.name) ||
  byText(a.uid, b.uid);
