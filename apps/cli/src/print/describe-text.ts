import { formatTable } from '@skerry/all-in-one/up/format-table';
import { age } from './age.ts';
import { type Revision, revisionSummary } from './revisions.ts';

export interface Described {
  readonly object: any;
  /** of `/skerry/v1/placements/…` */
  readonly placement: any;
  readonly history: readonly Revision[];
  /** decisions about the object that failed for good */
  readonly parked: readonly any[];
  /** of a Cluster: what it was told to remove and has not confirmed */
  readonly withdrawals: readonly any[];
}

const LAST_REVISIONS = 5;

const section = (title: string, body: string): string[] =>
  body === '' ? [] : [`${title}:`, ...body.split('\n').map((line) => `  ${line}`), ''];

const pairs = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

const refText = ({ kind, namespace, name }: any): string => `${kind} ${namespace ? `${namespace}/` : ''}${name}`;

/** For people: object, policy, clusters, what is missing and why, conditions, last revisions. */
export const describeText = (described: Described, { title, now }: { title: string; now: Date }): string => {
  const { object, placement, history, parked, withdrawals } = described;
  const lines = [
    ...head(object, { title, now }),
    '',
    ...section('Parked', parkedText(parked)),
    ...(object.kind === 'Cluster' ? clusterPart(object) : placementPart(placement)),
    ...section('Withdrawals that wait', withdrawalsText(withdrawals)),
    ...section('Conditions', conditionsText(object, placement)),
    ...section('Last revisions', historyText(history)),
  ];
  return lines.join('\n').trimEnd();
};

const parkedText = (parked: readonly any[]): string =>
  parked
    .map(
      ({ service, reason }) => `${service}: ${reason}; the last state is kept until the object or the policy is edited`,
    )
    .join('\n');

/** Many wait for the same reason, and one line for all of them says it better. */
const withdrawalsText = (withdrawals: readonly any[]): string => {
  const counts = new Map<string, number>();
  for (const { message } of withdrawals) counts.set(message, (counts.get(message) ?? 0) + 1);
  return [...counts]
    .map(([message, count]) => `${count} ${count === 1 ? 'object' : 'objects'}: ${message || 'not confirmed yet'}`)
    .join('\n');
};

const head = ({ metadata, spec }: any, { title, now }: { title: string; now: Date }): string[] => {
  const facts: (readonly [string, string])[] = [
    ['Object', `${title}${metadata.namespace ? ` in namespace ${metadata.namespace}` : ''}`],
    ['Created', `${metadata.creationTimestamp} (${age(metadata.creationTimestamp, now)} ago)`],
    ['Labels', pairs(metadata.labels)],
    ['Generation', String(metadata.generation ?? '')],
    ['Replicas', spec?.replicas === undefined ? '' : String(spec.replicas)],
    ['Deleting', metadata.deletionTimestamp ? `since ${metadata.deletionTimestamp}` : ''],
  ];
  return facts.filter(([, value]) => value !== '').map(([name, value]) => `${`${name}:`.padEnd(12)}${value}`);
};

const policyText = ({ policy, ungoverned, strategy, outranked }: any): string => {
  if (!policy) return 'none: no policy selects it, so no cluster is told to hold it';
  const over = outranked.length > 0 ? `\noutranks ${outranked.map(refText).join(', ')}` : '';
  const gone = ungoverned ? '\nthe policy is gone; its last revision goes on governing and adds no cluster' : '';
  return `${refText(policy)}${strategy ? ` (${strategy})` : ''}${over}${gone}`;
};

const placementPart = (placement: any): string[] => [
  ...section('Policy', policyText(placement)),
  ...section('Clusters', clustersText(placement.clusters)),
  ...section('Needs attention', attentionText(placement.clusters)),
  ...section(
    'Cannot run in',
    placement.unfit.map((one: any) => `${one.clusters.join(', ')}: ${one.reason}`).join('\n'),
  ),
  ...section(
    'Shortfall',
    placement.shortfall
      .map((one: any) => `${missingText(placement, one)}${one.cluster ? ` in ${one.cluster}` : ''}: ${one.reason}`)
      .join('\n'),
  ),
  ...section('Repairs', repairsText(placement.clusters)),
];

/** Of a kind without a count it is the object itself that is missing. */
const missingText = ({ wanted }: any, { replicas }: any): string => {
  if (replicas === 0) return 'nothing, it stays as it is';
  const one = wanted === undefined ? 'copy' : 'replica';
  const more = wanted === undefined ? 'copies' : 'replicas';
  return `${replicas} ${replicas === 1 ? one : more}`;
};

const number = (value: number | undefined): string => (value === undefined ? '-' : String(value));

const clustersText = (clusters: readonly any[]): string =>
  clusters.length === 0
    ? 'none'
    : formatTable([
        ['CLUSTER', 'TARGET', 'TOLD', 'READY', 'STATE', 'WAITS FOR'],
        ...clusters.map((one) => [
          one.cluster,
          number(one.target),
          number(one.told),
          number(one.ready),
          one.withdrawal ? `leaving (${one.withdrawal.cause})` : one.state,
          one.waitsFor ?? '',
        ]),
      ]);

const attentionText = (clusters: readonly any[]): string =>
  clusters
    .filter((one) => one.reason || one.message || one.field)
    .map((one) => {
      const field = one.field ? `field ${one.field}: ` : '';
      return `${one.cluster}: ${one.reason ? `${one.reason}: ` : ''}${field}${one.message ?? ''}`;
    })
    .join('\n');

const repairsText = (clusters: readonly any[]): string =>
  clusters
    .flatMap((one) =>
      (one.repairs ?? []).map(({ action, manager, fields, at }: any) => {
        const by = manager ? ` against ${manager}` : '';
        const what = fields?.length > 0 ? ` ${fields.join(', ')}` : '';
        return `${at}  ${one.cluster}: ${action}${what}${by}`;
      }),
    )
    .sort()
    .join('\n');

const clusterPart = ({ spec = {}, status = {} }: any): string[] => {
  const taints = (spec.taints ?? []).map((one: any) => `${one.key}${one.value ? `=${one.value}` : ''}:${one.effect}`);
  const facts = [
    `${status.verdict ?? 'Unknown'}, ${status.nodesReady ?? 0} of ${status.nodes ?? 0} nodes ready, Kubernetes ${status.kubernetesVersion ?? 'unknown'}`,
    [
      spec.region && `region ${spec.region}`,
      spec.zone && `zone ${spec.zone}`,
      spec.provider && `provider ${spec.provider}`,
    ]
      .filter(Boolean)
      .join(', '),
    pairs(spec.labels) && `labels ${pairs(spec.labels)}`,
    taints.length > 0 && `taints ${taints.join(', ')}`,
    spec.access && `reached by ${spec.access.mode}`,
    ...(spec.confirmations ?? []).map((one: any) => `confirmed ${one.what} at ${one.at}`),
  ];
  return section('Cluster', facts.filter(Boolean).join('\n'));
};

const conditionsText = (object: any, placement: any): string => {
  const conditions = (object.status?.conditions ?? placement.conditions ?? []) as any[];
  if (conditions.length === 0) return '';
  return formatTable([
    ['TYPE', 'STATUS', 'REASON', 'MESSAGE'],
    ...conditions.map((one) => [one.type, one.status, one.reason ?? '', one.message ?? '']),
  ]);
};

const historyText = (history: readonly Revision[]): string =>
  history
    .slice(-LAST_REVISIONS)
    .map((one) => `${one.revision}  ${one.at.replace(/\.\d+Z$/, 'Z')}  ${one.author}  ${revisionSummary(one)}`)
    .join('\n');
