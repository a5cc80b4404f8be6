import type { Node, NodeSelectorTerm, PodSpec, Taint, Toleration } from '../objects/views.ts';
import { matchesExpression } from '../objects/selectors.ts';

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  tolerations?.some(({ key, operator = 'Equal', value, effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
    if (key === undefined || key === '') return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || (value ?? '') === (taint.value ?? ''));
  }) ?? false;

/** Why a pod must not be on a node whatever room there is, in the scheduler's words; undefined if it may. */
export const whyNotOn = (node: Node, { nodeSelector, tolerations, affinity }: PodSpec): string | undefined => {
  const labels = node.metadata.labels ?? {};
  const { taints = [], unschedulable = false } = node.spec ?? {};
  if (unschedulable && !tolerates(tolerations, UNSCHEDULABLE)) return 'node(s) were unschedulable';
  for (const taint of taints) {
    if (taint.effect === 'PreferNoSchedule' || tolerates(tolerations, taint)) continue;
    return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  }
  for (const key in nodeSelector) {
    if (labels[key] !== nodeSelector[key]) return "node(s) didn't match Pod's node affinity/selector";
  }
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fits = ({ matchExpressions = [] }: NodeSelectorTerm): boolean =>
    matchExpressions.every((expression) => matchesExpression(labels, expression));
  return terms === undefined || terms.some(fits) ? undefined : "node(s) didn't match Pod's node affinity/selector";
};
