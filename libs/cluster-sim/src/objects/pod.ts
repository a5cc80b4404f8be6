import { readQuantity } from '@skerry/api/quantity';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isTrue } from './conditions.ts';
import type { Kind } from './refs.ts';
import type { Container, Pod, PodSpec, PodTemplate } from './views.ts';

export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** Succeeded or Failed: it takes no room any more. */
export const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const isReady = ({ status }: Pod): boolean => isTrue(status?.conditions, 'Ready');

/** Neither over nor on its way out: what a workload counts as one of its replicas. */
export const isActive = (pod: Pod): boolean => !isDeleting(pod) && !isOver(pod);

/** What a pod asks a node for. */
export interface Requests {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** 0 for what is no quantity, since the API lets it pass. */
const requestOf = ({ resources }: Container, name: string): number => readQuantity(resources?.requests?.[name]) ?? 0;

/** Containers add up; init containers run one at a time before them, so the largest of those counts if it is larger. */
export const requestsOf = ({ containers = [], initContainers = [] }: PodSpec): Requests => {
  const total = (name: string): number =>
    Math.max(
      containers.reduce((sum, one) => sum + requestOf(one, name), 0),
      ...initContainers.map((one) => requestOf(one, name)),
    );
  return { cpuMillis: Math.round(total('cpu') * 1_000), memoryBytes: Math.round(total('memory')) };
};

export interface PodOrder {
  readonly owner: KubeObject;
  readonly ownerKind: Kind;
  readonly template: PodTemplate;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** A pod as a workload's controller makes it. */
export const podFrom = ({ owner, ownerKind, template, name, labels, spec }: PodOrder): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: owner.metadata.namespace,
    labels: { ...template.metadata?.labels, ...labels },
    ...(template.metadata?.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
    ownerReferences: [ownerReference(owner, ownerKind)],
  },
  spec: labels === undefined && spec === undefined ? (template.spec ?? {}) : { ...template.spec, ...spec },
  status: { phase: 'Pending' },
});

export const ownerReference = (owner: KubeObject, { apiVersion, kind }: Kind) => ({
  apiVersion,
  kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});
