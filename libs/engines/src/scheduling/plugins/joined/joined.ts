import { type Filter, FITS, stay } from '../../framework/filter.ts';

/** A cluster that is being removed takes nothing new; what it holds leaves with the cluster, not by scheduling. */
export const joined: Filter = {
  name: 'Joined',
  filter: ({ cluster }) => (cluster.leaving ? stay('the cluster is being removed') : FITS),
};
