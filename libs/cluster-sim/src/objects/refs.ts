import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectKey } from '@skerry/ports/object-store/object-store';

/** One object as a text: `group/resource/namespace/name`. */
export type Ref = string;

/** A built-in resource that the controllers work with. */
export interface Kind {
  readonly group: string;
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
}

const kind = (group: string, resource: string): ((name: string) => Kind) => {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  return (name) => ({ group, resource, apiVersion, kind: name });
};

export const PODS = kind('', 'pods')('Pod');
export const NODES = kind('', 'nodes')('Node');
export const NAMESPACES = kind('', 'namespaces')('Namespace');
export const SERVICES = kind('', 'services')('Service');
export const DEPLOYMENTS = kind('apps', 'deployments')('Deployment');
export const REPLICA_SETS = kind('apps', 'replicasets')('ReplicaSet');
export const STATEFUL_SETS = kind('apps', 'statefulsets')('StatefulSet');
export const DAEMON_SETS = kind('apps', 'daemonsets')('DaemonSet');
export const JOBS = kind('batch', 'jobs')('Job');

export const refOf = (key: ObjectKey): Ref => `${key.group}/${key.resource}/${key.namespace}/${key.name}`;

export const isKind = (key: { readonly group: string; readonly resource: string }, wanted: Kind): boolean =>
  key.resource === wanted.resource && key.group === wanted.group;

export const keyFor = (of: Kind, { namespace = '', name = '' }: KubeObject['metadata']): ObjectKey => ({
  group: of.group,
  resource: of.resource,
  namespace,
  name,
});

/** The uid of the object that controls this one; empty when none does. */
export const controllerUid = (object: KubeObject): string =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? '';
