const CLUSTERS = '/apis/skerry.dev/v1alpha1/clusters';

export const clustersPath = CLUSTERS;
export const clusterPath = (name: string): string => `${CLUSTERS}/${encodeURIComponent(name)}`;
