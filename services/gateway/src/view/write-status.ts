import { CONDITIONS_ANNOTATION } from '@skerry/api/object';
import type { Condition, MergedStatus } from '@skerry/engines/status/merge-status';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Said } from './said.ts';

const COUNTED = new Set(['Deployment', 'ReplicaSet', 'StatefulSet']);
const WITH_CONDITIONS = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'Namespace',
  'Service',
  'CustomResourceDefinition',
]);

/** `Available` first among our own: kubectl wait and rollout read the standard ones. */
const stamp = (conditions: readonly Condition[], said: Said): Record<string, unknown>[] =>
  conditions.map((condition) => {
    const before = said.changedAt.get(condition.type);
    if (before?.status !== condition.status) {
      said.changedAt.set(condition.type, { status: condition.status, at: said.recordedAt.replace(/\.\d+Z$/, 'Z') });
    }
    return { ...condition, lastTransitionTime: said.changedAt.get(condition.type)!.at };
  });

const countedStatus = (base: KubeObject, { counts, settled }: MergedStatus): Record<string, unknown> => {
  const { replicas, ready, updated } = counts!;
  const generation = base.metadata.generation ?? 1;
  return {
    observedGeneration: settled ? generation : Math.max(0, generation - 1),
    replicas,
    readyReplicas: ready,
    updatedReplicas: updated,
    availableReplicas: ready,
    ...(base.kind === 'Deployment' ? { unavailableReplicas: Math.max(0, replicas - ready) } : {}),
  };
};

/**
 * The status that the hub shows: counted kinds get sums, others the status of one member; conditions go into the status
 * where the kind has them, otherwise into an annotation, so that no kind is left without an answer.
 */
export const writeStatus = (base: KubeObject, { said, merged }: { said: Said; merged: MergedStatus }): KubeObject => {
  const conditions = stamp(merged.conditions, said);
  const stored = (base['status'] ?? {}) as Record<string, unknown>;
  if (COUNTED.has(base.kind)) {
    return { ...base, status: { ...stored, ...(merged.counts ? countedStatus(base, merged) : {}), conditions } };
  }
  const mirrored = (merged.mirrored ?? undefined) as Record<string, unknown> | undefined;
  if (WITH_CONDITIONS.has(base.kind)) {
    const own = conditions.filter(({ type }) => String(type).startsWith('skerry.dev/'));
    const theirs = ((mirrored ?? stored)['conditions'] as unknown[] | undefined) ?? [];
    return { ...base, status: { ...stored, ...mirrored, conditions: [...theirs, ...own] } };
  }
  const annotations = { ...base.metadata.annotations, [CONDITIONS_ANNOTATION]: JSON.stringify(conditions) };
  return {
    ...base,
    metadata: { ...base.metadata, annotations },
    ...(mirrored ? { status: { ...stored, ...mirrored } } : {}),
  };
};
