/** What others start: one syncer per cluster. */
export { ClusterSyncer, type SyncerOptions } from './cluster-syncer.ts';
