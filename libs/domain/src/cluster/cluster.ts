import { type ClusterJudged, type ClusterPortrayed, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { manifestStream } from '../manifest/manifest.ts';

/** Category `cluster`: verdicts and portraits. Two streams, so that a portrait never refuses a fall that counted on a verdict. */
export const CLUSTER = 'cluster';

export const verdictStream = (cluster: string): string => `${CLUSTER}-${cluster}/verdict`;
export const portraitStream = (cluster: string): string => `${CLUSTER}-${cluster}/portrait`;
/** Of the Cluster object itself, which a person writes: of category `manifest`. */
export const clusterStream = (name: string): string =>
  manifestStream({ group: 'skerry.dev', resource: 'clusters', namespace: '', name });

export type ClusterEvent =
  | { readonly type: 'ClusterJudged'; readonly data: ClusterJudged }
  | { readonly type: 'ClusterPortrayed'; readonly data: ClusterPortrayed };

/** A verdict against a cluster: nothing falls there and nothing grows there. Unknown (no beat yet) is one too. */
export const isAgainst = (verdict: Verdict): boolean => verdict !== Verdict.READY;

export const VERDICT_NAMES: Readonly<Record<Verdict, string>> = {
  [Verdict.UNSPECIFIED]: 'Unknown',
  [Verdict.UNKNOWN]: 'Unknown',
  [Verdict.READY]: 'Ready',
  [Verdict.SILENT]: 'Silent',
  [Verdict.NOT_READY]: 'NotReady',
  [Verdict.LEFT]: 'Left',
};
