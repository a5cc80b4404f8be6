import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { VERDICT_NAMES } from '@skerry/domain/cluster/cluster';
import type { Said } from './said.ts';

const numbers = (quantities: Readonly<Record<string, bigint>>): Record<string, number> =>
  Object.fromEntries(Object.entries(quantities).map(([resource, amount]) => [resource, Number(amount)]));

/** Status of a Cluster object: the standing verdict, and sums over its nodes from the last portrait. */
export const clusterStatus = ({ judged, portrait }: Said): Record<string, unknown> => {
  const ready = judged?.verdict === Verdict.READY;
  return {
    verdict: VERDICT_NAMES[judged?.verdict ?? Verdict.UNKNOWN],
    ...(portrait
      ? {
          nodes: portrait.nodes,
          nodesReady: portrait.nodesReady,
          allocatable: numbers(portrait.allocatable),
          requested: numbers(portrait.requested),
          kubernetesVersion: portrait.kubernetesVersion,
        }
      : {}),
    conditions: [
      {
        type: 'Ready',
        status: ready ? 'True' : judged ? 'False' : 'Unknown',
        reason: VERDICT_NAMES[judged?.verdict ?? Verdict.UNKNOWN],
        message: judged?.reason ?? 'no beat yet',
        lastTransitionTime: new Date(Number(judged?.sinceUnixMs ?? 0n)).toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    ],
  };
};
