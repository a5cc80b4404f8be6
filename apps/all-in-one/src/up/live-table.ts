import type { HubApi } from '../api/hub-api.ts';
import { formatTable } from './format-table.ts';

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(0)}Gi`;

/** Sizes only: what is in use comes with a portrait once a minute, and would be behind the table below. */
const clusterRows = (clusters: readonly any[]): string[][] => [
  ['CLUSTER', 'STATE', 'REGION', 'NODES', 'CPU', 'MEMORY'],
  ...clusters.map(({ metadata, spec, status = {} }) => [
    metadata.name,
    status.verdict ?? 'Unknown',
    spec?.region ?? '',
    `${status.nodesReady ?? 0}/${status.nodes ?? 0}`,
    `${(status.allocatable?.cpuMillis ?? 0) / 1_000}`,
    gib(status.allocatable?.memoryBytes ?? 0),
  ]),
];

const placementCells = (clusters: readonly string[], placements: any): string[] =>
  clusters.map((name) => {
    const one = placements.clusters.find((line: any) => line.cluster === name);
    if (!one || (one.told === undefined && !one.withdrawal)) return '-';
    if (one.withdrawal) return 'leaving';
    return one.ready === undefined ? one.state : `${one.ready}/${one.told}`;
  });

const WORKLOADS = ['deployments', 'statefulsets'];
/** More would scroll away; `skerry get` shows them all. */
const MAX_WORKLOADS = 20;
const MAX_WAITS = 5;

/** Clusters, placements and replicas as they are now, as text. */
export const renderTable = async (api: HubApi): Promise<string> => {
  const clusters = (await api.call('GET', '/apis/skerry.dev/v1alpha1/clusters')).body.items as any[];
  const names = clusters.map((cluster) => cluster.metadata.name as string);
  const lists = await Promise.all(
    WORKLOADS.map(async (plural) =>
      ((await api.call('GET', `/apis/apps/v1/${plural}`)).body.items as any[]).map((object) => ({ plural, object })),
    ),
  );
  const all = lists.flat();
  const shown = await Promise.all(all.slice(0, MAX_WORKLOADS).map((one) => readWorkload(api, one)));
  const rows = shown.map((workload) => workloadRow(names, workload));
  const parts = [formatTable(clusterRows(clusters))];
  if (rows.length > 0) parts.push(formatTable([['NAMESPACE', 'WORKLOAD', 'READY', 'POLICY', ...names], ...rows]));
  if (all.length > shown.length) parts.push(`and ${all.length - shown.length} more workloads`);
  const waits = shown.flatMap(waitLines);
  if (waits.length > 0) parts.push(waits.slice(0, MAX_WAITS).join('\n'));
  return parts.join('\n\n');
};

interface Workload {
  readonly plural: string;
  readonly object: any;
  /** of `/skerry/v1/placements/…`; nothing when it was deleted this moment */
  readonly placed: any;
}

const readWorkload = async (api: HubApi, { plural, object }: { plural: string; object: any }): Promise<Workload> => {
  const { namespace, name } = object.metadata;
  const { status, body } = await api.call('GET', `/skerry/v1/placements/apps/${plural}/${namespace}/${name}`);
  return { plural, object, placed: status === 200 ? body : { clusters: [], shortfall: [] } };
};

const nameOf = ({ plural, object }: Workload): string => `${plural.slice(0, -1)}/${object.metadata.name}`;

const workloadRow = (clusters: readonly string[], workload: Workload): string[] => {
  const { object, placed } = workload;
  const targets = placed.clusters.reduce((sum: number, one: any) => sum + (one.target ?? 0), 0);
  const missing = placed.shortfall.reduce((sum: number, one: any) => sum + one.replicas, 0);
  const ready = `${object.status?.readyReplicas ?? 0}/${targets + missing}`;
  return [
    object.metadata.namespace,
    nameOf(workload),
    ready,
    placed.policy?.name ?? '-',
    ...placementCells(clusters, placed),
  ];
};

/** What holds a workload up, in words. */
const waitLines = (workload: Workload): string[] =>
  workload.placed.clusters
    .filter((one: any) => one.waitsFor || one.message)
    .map((one: any) =>
      one.waitsFor
        ? `${nameOf(workload)}: ${one.cluster} keeps ${one.told} until there are ${one.waitsFor}`
        : `${nameOf(workload)}: ${one.cluster}: ${one.message}`,
    );
