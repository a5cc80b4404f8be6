import { clusterMismatch } from '@skerry/api/selectors';
import { type Filter, FITS, unfit } from '../../framework/filter.ts';

/** The policy's `spec.clusters`: names, labels, regions, zones, providers, exclude. */
export const clusterMatch: Filter = {
  name: 'ClusterMatch',
  filter: ({ policy, cluster }) => {
    const why = clusterMismatch(policy.clusters, cluster);
    return why === undefined ? FITS : unfit(why);
  },
};
