import type { OverridePolicySpec, OverrideOperation } from '@skerry/api/override-policy/override-policy';
import { clusterMismatch, type SelectableCluster, type SelectableObject, selectsObject } from '@skerry/api/selectors';
import {
  LAST_APPLIED_ANNOTATION,
  MANAGED_LABEL,
  RETRY_ANNOTATION,
  UID_ANNOTATION,
  WITHDRAW_ANNOTATION,
} from '@skerry/api/object';
import { by } from '@skerry/kernel/order';
import type { Json } from './json-patch.ts';
import { applyOverride } from './override.ts';

export const RENDERING_ENGINE = 'rendering/1';

export interface OverrideSource {
  readonly kind: 'OverridePolicy' | 'ClusterOverridePolicy';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: OverridePolicySpec;
}

type JsonMap = { readonly [key: string]: Json };
const asMap = (value: Json | undefined): JsonMap =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonMap) : {};

/** Policies that are about the object: cluster-wide ones first, so that a namespaced one has the last word; then by name. */
export const overridesFor = (
  object: SelectableObject,
  sources: Iterable<OverrideSource>,
): readonly OverrideSource[] => {
  const matching: OverrideSource[] = [];
  for (const source of sources) {
    const inScope = source.kind === 'ClusterOverridePolicy' || source.namespace === object.namespace;
    if (inScope && source.spec.selects.some((selector) => selectsObject(selector, object))) matching.push(source);
  }
  return matching.sort(
    by<OverrideSource>(
      (source) => (source.kind === 'ClusterOverridePolicy' ? 0 : 1),
      (source) => source.name,
      (source) => source.uid,
    ),
  );
};

export const operationsFor = (
  sources: readonly OverrideSource[],
  cluster: SelectableCluster,
): readonly OverrideOperation[] =>
  sources.flatMap((source) =>
    source.spec.rules
      .filter((rule) => clusterMismatch(rule.clusters, cluster) === undefined)
      .flatMap((rule) => rule.operations),
  );

/** Metadata that a member keeps for itself or that belongs to the hub's own bookkeeping. */
const HUB_METADATA = [
  'managedFields',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'finalizers',
  'ownerReferences',
];

/** Annotations that are orders to the hub, or repeat the whole object: a member that got them would be written for nothing. */
const HUB_ANNOTATIONS = [LAST_APPLIED_ANNOTATION, RETRY_ANNOTATION, WITHDRAW_ANNOTATION];

/**
 * What a member shall hold of a hub object: without status and the hub's bookkeeping, marked with the hub's uid.
 * Nothing volatile goes in, so that the same desired state is the same bytes tomorrow.
 */
export const memberManifest = (object: Json, uid: string): Json => {
  const root = asMap(object);
  const { status: _status, ...rest } = root;
  const metadata: Record<string, Json> = { ...asMap(root['metadata']) };
  for (const field of HUB_METADATA) delete metadata[field];
  const annotations: Record<string, Json> = { ...asMap(metadata['annotations']) };
  for (const key of HUB_ANNOTATIONS) delete annotations[key];
  metadata['annotations'] = { ...annotations, [UID_ANNOTATION]: uid };
  metadata['labels'] = { ...asMap(metadata['labels']), [MANAGED_LABEL]: 'true' };
  return { ...rest, metadata };
};

export interface RenderInput {
  readonly object: Json;
  readonly uid: string;
  readonly operations: readonly OverrideOperation[];
  /** undefined: the kind has no replicas that Skerry divides */
  readonly replicas: number | undefined;
}

/** Template, then overrides in order, then told replicas: an override never changes how many run. */
export const render = ({ object, uid, operations, replicas }: RenderInput): Json => {
  const overridden = operations.reduce<Json>(applyOverride, object);
  const manifest = asMap(memberManifest(overridden, uid));
  if (replicas === undefined) return manifest;
  return { ...manifest, spec: { ...asMap(manifest['spec']), replicas } };
};
