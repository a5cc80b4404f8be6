import type { HubApi } from '../api/hub-api.ts';
import { formatTable } from './format-table.ts';

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(0)}Gi`;

const clusterRows = (clusters: readonly any[]): string[][] => [
  ['CLUSTER', 'STATE', 'REGION', 'NODES', 'CPU', 'MEMORY', 'PODS'],
  ...clusters.map(({ metadata, spec, status = {} }) => [
    metadata.name,
    status.verdict ?? 'Unknown',
    spec?.region ?? '',
    `${status.nodesReady ?? 0}/${status.nodes ?? 0}`,
    `${((status.requested?.cpuMillis ?? 0) / 1_000).toFixed(1)}/${((status.allocatable?.cpuMillis ?? 0) / 1_000).toFixed(0)}`,
    `${gib(status.requested?.memoryBytes ?? 0)}/${gib(status.allocatable?.memoryBytes ?? 0)}`,
    String(status.requested?.pods ?? 0),
  ]),
];

const placementCells = (clusters: readonly string[], placements: any): string[] =>
  clusters.map((name) => {
    const one = placements.clusters.find((line: any) => line.cluster === name);
    if (!one || (one.told === undefined && !one.withdrawal)) return '-';
    if (one.withdrawal) return 'leaving';
    return one.ready === undefined ? one.state : `${one.ready}/${one.told}`;
  });

const WORKLOADS = ['apps/v1/deployments', 'apps/v1/statefulsets'];

/** Clusters, placements and replicas as they are now, as text. */
export const renderTable = async (api: HubApi): Promise<string> => {
  const clusters = (await api.call('GET', '/apis/skerry.dev/v1alpha1/clusters')).body.items as any[];
  const names = clusters.map((cluster) => cluster.metadata.name as string);
  const rows: string[][] = [['NAMESPACE', 'WORKLOAD', 'READY', 'POLICY', ...names]];
  for (const kind of WORKLOADS) {
    const { body } = await api.call('GET', `/apis/${kind}`);
    const plural = kind.split('/')[2]!;
    for (const { metadata, status } of body.items ?? []) {
      const { body: placed } = await api.call(
        'GET',
        `/skerry/v1/placements/apps/${plural}/${metadata.namespace}/${metadata.name}`,
      );
      const wanted = placed.clusters.reduce((sum: number, one: any) => sum + (one.target ?? 0), 0);
      const name = `${plural.slice(0, -1)}/${metadata.name}`;
      rows.push([
        metadata.namespace,
        name,
        `${status?.readyReplicas ?? 0}/${wanted}`,
        placed.policy?.name ?? '-',
        ...placementCells(names, placed),
      ]);
    }
  }
  return `${formatTable(clusterRows(clusters))}\n\n${formatTable(rows)}`;
};
