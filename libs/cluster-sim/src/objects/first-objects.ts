import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { SimNode } from '../options.ts';

const KIB = 1024;

/** The Node object of a node that was asked for. */
export const nodeObject = (node: SimNode): KubeObject => {
  const { name, cpuMillis, memoryBytes, pods = 110, labels, taints } = node;
  const room = { cpu: `${cpuMillis}m`, memory: `${Math.floor(memoryBytes / KIB)}Ki`, pods: String(pods) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...labels,
      },
    },
    spec: taints === undefined || taints.length === 0 ? {} : { taints },
    status: {
      capacity: room,
      allocatable: room,
      addresses: [{ type: 'Hostname', address: name }],
      nodeInfo: { operatingSystem: 'linux', architecture: 'amd64', kubeletVersion: 'simulated' },
    },
  };
};

/** A namespace as the API server would have made it. */
export const namespaceObject = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

export const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
