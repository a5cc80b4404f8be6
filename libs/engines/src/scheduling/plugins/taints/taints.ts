import type { ClusterTaint } from '@skerry/api/cluster/cluster';
import type { Toleration } from '@skerry/api/placement-policy/placement-policy';
import { type Filter, FITS, stay, unfit } from '../../framework/filter.ts';

/** Kubernetes' toleration: an empty key with Exists tolerates all, an empty effect every effect. */
export const tolerates = (toleration: Toleration, taint: ClusterTaint): boolean => {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (!toleration.key) return toleration.operator === 'Exists';
  if (toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
};

const show = (taint: ClusterTaint): string => `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`;

/** NoSchedule keeps what is there and takes nothing new; NoExecute is a person's order that nothing shall stay. */
export const taints: Filter = {
  name: 'Taints',
  filter: ({ policy, cluster }) => {
    const open = cluster.taints.filter((taint) => !(policy.tolerations ?? []).some((one) => tolerates(one, taint)));
    const evicting = open.find((taint) => taint.effect === 'NoExecute');
    if (evicting) return unfit(`taint ${show(evicting)} is not tolerated`);
    return open.length > 0 ? stay(`taint ${show(open[0]!)} is not tolerated`) : FITS;
  },
};
