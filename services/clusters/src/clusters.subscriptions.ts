import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';

/** Cluster objects, its own verdicts and portraits, and its own record of what is live. Reports and beats come beside the events. */
export const CLUSTERS_CHANNELS = wholeCategories('manifest', 'cluster', 'observed');
