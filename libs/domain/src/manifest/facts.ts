import type { ManifestDeleted, ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';

/** What the engines read of an object: everything but its body. */
export interface ManifestFacts {
  readonly ref: ObjectRef;
  readonly generation: number;
  /** version of the manifest stream: moves with every write, also where Kubernetes keeps the generation */
  readonly version: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly hasReplicas: boolean;
  readonly replicas: number;
  readonly withdraw: boolean;
  /** the owner's delete: the object is gone, or going once its finalizers are */
  readonly deleting: boolean;
  readonly deleted: boolean;
  readonly propagation: string;
}

export const factsOfStored = (data: ManifestStored, version: number): ManifestFacts => ({
  ref: data.ref!,
  version,
  generation: Number(data.generation),
  labels: data.labels,
  hasReplicas: data.hasReplicas,
  replicas: data.replicas,
  withdraw: data.withdraw,
  deleting: data.deleting,
  deleted: false,
  propagation: 'Background',
});

export const factsOfDeleted = (data: ManifestDeleted, version: number): ManifestFacts => ({
  ref: data.ref!,
  version,
  generation: 0,
  labels: {},
  hasReplicas: false,
  replicas: 0,
  withdraw: false,
  deleting: true,
  deleted: true,
  propagation: data.propagation,
});

export const apiVersionOf = (ref: ObjectRef): string =>
  ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;

/** Where the hub keeps what belongs to itself, members' credentials among it. */
export const SYSTEM_NAMESPACE = 'skerry-system';

/** Objects that Skerry keeps for itself and never places, whatever a policy selects. */
export const isPlaceable = ({ group, kind, namespace, name }: ObjectRef): boolean =>
  group !== 'skerry.dev' &&
  namespace !== SYSTEM_NAMESPACE &&
  !(kind === 'Namespace' && group === '' && name === SYSTEM_NAMESPACE);
