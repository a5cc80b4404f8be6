import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject, type JsonObject, textOf } from '../merge/json.ts';
import { ageSince, humanDuration } from './age.ts';

/** A column and how to fill it. */
export interface TableColumn {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  /** Shown only by `kubectl get -o wide`. */
  readonly wide?: boolean;
  readonly cell: (object: KubeObject, now: Date) => unknown;
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

function number(object: unknown, path: string): number {
  const value = at(object, path);
  return typeof value === 'number' ? value : 0;
}

function text(object: unknown, path: string, absent = '<none>'): string {
  const value = at(object, path);
  return value === undefined || value === null || value === '' ? absent : textOf(value);
}

function items(object: unknown, path: string): JsonObject[] {
  const value = at(object, path);
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

function size(object: unknown, ...names: string[]): number {
  let count = 0;
  for (const name of names) {
    const value = at(object, name);
    if (isObject(value)) count += Object.keys(value).length;
  }
  return count;
}

function selector(object: unknown, path: string): string {
  const value = at(object, path);
  const labels = isObject(value) && isObject(value.matchLabels) ? value.matchLabels : value;
  if (!isObject(labels) || Object.keys(labels).length === 0) return '<none>';
  return Object.entries(labels)
    .map(([key, label]) => `${key}=${textOf(label)}`)
    .sort()
    .join(',');
}

const workloadColumns = (path: string): TableColumn[] => [
  {
    name: 'Containers',
    wide: true,
    cell: (o) =>
      items(o, `${path}.containers`)
        .map((c) => c.name)
        .join(','),
  },
  {
    name: 'Images',
    wide: true,
    cell: (o) =>
      items(o, `${path}.containers`)
        .map((c) => c.image)
        .join(','),
  },
];

const selectorColumn: TableColumn = { name: 'Selector', wide: true, cell: (o) => selector(o, 'spec.selector') };

function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const status of items(pod, 'status.containerStatuses')) {
    const reason = at(status, 'state.waiting.reason') ?? at(status, 'state.terminated.reason');
    if (reason !== undefined) return textOf(reason);
  }
  return text(pod, 'status.reason', text(pod, 'status.phase', 'Unknown'));
}

function readyContainers(pod: KubeObject): string {
  const ready = items(pod, 'status.containerStatuses').filter((status) => status.ready === true).length;
  return `${ready}/${items(pod, 'spec.containers').length}`;
}

function restarts(pod: KubeObject): string {
  return String(
    items(pod, 'status.containerStatuses').reduce((sum, status) => sum + number(status, 'restartCount'), 0),
  );
}

function nodeStatus(node: KubeObject): string {
  const ready = items(node, 'status.conditions').find((condition) => condition.type === 'Ready');
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec.unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return roles.length === 0
    ? '<none>'
    : roles
        .map((key) => key.slice(prefix.length))
        .sort()
        .join(',');
}

function servicePorts(service: KubeObject): string {
  const ports = items(service, 'spec.ports').map((port) => {
    const node = number(port, 'nodePort');
    return `${textOf(port.port)}${node === 0 ? '' : `:${node}`}/${text(port, 'protocol', 'TCP')}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

function jobDuration(job: KubeObject, now: Date): string {
  const start = at(job, 'status.startTime');
  if (typeof start !== 'string') return '';
  const end = at(job, 'status.completionTime');
  return humanDuration((typeof end === 'string' ? Date.parse(end) : now.getTime()) - Date.parse(start));
}

/** Columns between the name and the age, by `group/plural`. Kinds that are not here show name and age. */
export const builtInTables: Readonly<Record<string, readonly TableColumn[]>> = {
  '/pods': [
    { name: 'Ready', cell: readyContainers },
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: restarts },
    { name: 'IP', wide: true, cell: (o) => text(o, 'status.podIP') },
    { name: 'Node', wide: true, cell: (o) => text(o, 'spec.nodeName') },
    { name: 'Nominated Node', wide: true, cell: (o) => text(o, 'status.nominatedNodeName') },
    {
      name: 'Readiness Gates',
      wide: true,
      cell: (o) =>
        items(o, 'spec.readinessGates').length === 0 ? '<none>' : `0/${items(o, 'spec.readinessGates').length}`,
    },
  ],
  '/namespaces': [{ name: 'Status', cell: (o) => text(o, 'status.phase', '') }],
  '/nodes': [
    { name: 'Status', cell: nodeStatus },
    { name: 'Roles', cell: nodeRoles },
    { name: 'Version', cell: (o) => text(o, 'status.nodeInfo.kubeletVersion', '') },
  ],
  '/services': [
    { name: 'Type', cell: (o) => text(o, 'spec.type', 'ClusterIP') },
    { name: 'Cluster-IP', cell: (o) => text(o, 'spec.clusterIP') },
    { name: 'External-IP', cell: (o) => text(o, 'spec.externalIPs') },
    { name: 'Port(s)', cell: servicePorts },
    selectorColumn,
  ],
  '/configmaps': [{ name: 'Data', cell: (o) => size(o, 'data', 'binaryData') }],
  '/secrets': [
    { name: 'Type', cell: (o) => text(o, 'type', 'Opaque') },
    { name: 'Data', type: 'integer', cell: (o) => size(o, 'data') },
  ],
  '/serviceaccounts': [{ name: 'Secrets', cell: (o) => items(o, 'secrets').length }],
  '/events': [
    { name: 'Last Seen', cell: (o, now) => ageSince(text(o, 'lastTimestamp', ''), now) },
    { name: 'Type', cell: (o) => text(o, 'type', '') },
    { name: 'Reason', cell: (o) => text(o, 'reason', '') },
    {
      name: 'Object',
      cell: (o) => `${text(o, 'involvedObject.kind', '').toLowerCase()}/${text(o, 'involvedObject.name', '')}`,
    },
    { name: 'Message', cell: (o) => text(o, 'message', '') },
  ],
  '/persistentvolumeclaims': [
    { name: 'Status', cell: (o) => text(o, 'status.phase', '') },
    { name: 'Volume', cell: (o) => text(o, 'spec.volumeName', '') },
    { name: 'Capacity', cell: (o) => text(o, 'status.capacity.storage', '') },
    { name: 'StorageClass', cell: (o) => text(o, 'spec.storageClassName', '') },
  ],
  'apps/deployments': [
    { name: 'Ready', cell: (o) => `${number(o, 'status.readyReplicas')}/${number(o, 'spec.replicas')}` },
    { name: 'Up-to-date', cell: (o) => number(o, 'status.updatedReplicas') },
    { name: 'Available', cell: (o) => number(o, 'status.availableReplicas') },
    ...workloadColumns('spec.template.spec'),
    selectorColumn,
  ],
  'apps/replicasets': [
    { name: 'Desired', type: 'integer', cell: (o) => number(o, 'spec.replicas') },
    { name: 'Current', type: 'integer', cell: (o) => number(o, 'status.replicas') },
    { name: 'Ready', type: 'integer', cell: (o) => number(o, 'status.readyReplicas') },
    ...workloadColumns('spec.template.spec'),
    selectorColumn,
  ],
  'apps/statefulsets': [
    { name: 'Ready', cell: (o) => `${number(o, 'status.readyReplicas')}/${number(o, 'spec.replicas')}` },
    ...workloadColumns('spec.template.spec'),
  ],
  'apps/daemonsets': [
    { name: 'Desired', type: 'integer', cell: (o) => number(o, 'status.desiredNumberScheduled') },
    { name: 'Current', type: 'integer', cell: (o) => number(o, 'status.currentNumberScheduled') },
    { name: 'Ready', type: 'integer', cell: (o) => number(o, 'status.numberReady') },
    { name: 'Up-to-date', type: 'integer', cell: (o) => number(o, 'status.updatedNumberScheduled') },
    { name: 'Available', type: 'integer', cell: (o) => number(o, 'status.numberAvailable') },
    { name: 'Node Selector', cell: (o) => selector(o, 'spec.template.spec.nodeSelector') },
    ...workloadColumns('spec.template.spec'),
    selectorColumn,
  ],
  'batch/jobs': [
    {
      name: 'Status',
      cell: (o) => items(o, 'status.conditions').find((condition) => condition.status === 'True')?.type ?? 'Running',
    },
    { name: 'Completions', cell: (o) => `${number(o, 'status.succeeded')}/${text(o, 'spec.completions', '1')}` },
    { name: 'Duration', cell: jobDuration },
  ],
  'batch/cronjobs': [
    { name: 'Schedule', cell: (o) => text(o, 'spec.schedule', '') },
    { name: 'Suspend', cell: (o) => (at(o, 'spec.suspend') === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', cell: (o) => items(o, 'status.active').length },
  ],
  'networking.k8s.io/ingresses': [
    { name: 'Class', cell: (o) => text(o, 'spec.ingressClassName') },
    {
      name: 'Hosts',
      cell: (o) =>
        items(o, 'spec.rules')
          .map((rule) => text(rule, 'host', '*'))
          .join(',') || '*',
    },
  ],
  'coordination.k8s.io/leases': [{ name: 'Holder', cell: (o) => text(o, 'spec.holderIdentity', '') }],
  'apiextensions.k8s.io/customresourcedefinitions': [
    { name: 'Created At', type: 'date', cell: (o) => o.metadata.creationTimestamp },
  ],
};
