export interface HubEvent {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly namespace: string;
  readonly uid: string;
  readonly cluster: string;
  readonly author: string;
  readonly at: string;
  readonly data: any;
}

const DATA = 'data: ';

/** Events out of the lines of a server-sent stream; comments and other fields are passed over. */
export async function* readEvents(lines: AsyncIterable<string>): AsyncIterable<HubEvent> {
  for await (const line of lines) {
    if (line.startsWith(DATA)) yield JSON.parse(line.slice(DATA.length)) as HubEvent;
  }
}

const WIDTHS = { position: 7, type: 18 };

/** One line for people: position, time, what happened to which object, where, by whom. */
export const eventLine = (event: HubEvent): string => {
  const { position, at, type, author, data, cluster } = event;
  const place = cluster === '' ? '' : ` in ${cluster}`;
  const detail = detailOf(event);
  return [
    String(position).padStart(WIDTHS.position),
    at.slice(11, 23),
    type.padEnd(WIDTHS.type),
    `${objectOf(data, event)}${place}${detail === '' ? '' : `: ${detail}`}`,
    author === '' ? '' : `(${author})`,
  ]
    .join('  ')
    .trimEnd();
};

const objectOf = (data: any, { stream, uid }: HubEvent): string => {
  const ref = data?.ref;
  if (!ref?.name) return data?.cluster ? `cluster ${data.cluster}` : uid || stream;
  return `${ref.kind || ref.resource} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
};

const DETAILS: Readonly<Record<string, (data: any) => string>> = {
  ManifestStored: ({ generation, manager, operation, deleting }) =>
    `generation ${generation ?? 0}, ${String(operation ?? '').toLowerCase()} by ${manager || '?'}${deleting ? ', being deleted' : ''}`,
  SelectionDecided: ({ policy, fits, refusal }) =>
    refusal ||
    (policy?.name
      ? `${policy.kind} ${policy.name}, fits ${(fits ?? []).map((one: any) => one.cluster).join(', ') || 'nowhere'}`
      : 'no policy'),
  PlacementDecided: ({ clusters, hasReplicas }) =>
    (clusters ?? []).map((one: any) => (hasReplicas ? toldOf(one) : one.cluster)).join(', ') || 'nowhere',
  ObjectDesired: ({ told, hasReplicas }) => (hasReplicas ? `told ${told ?? 0}` : ''),
  ObjectWithdrawn: ({ cause }) => last(cause),
  ObjectObserved: ({ state, count, hasCount, message }) =>
    [last(state), hasCount ? `${count?.ready ?? 0}/${count?.replicas ?? 0} ready` : '', message ?? '']
      .filter(Boolean)
      .join(', '),
  ClusterJudged: ({ verdict, reason }) => [last(verdict), reason].filter(Boolean).join(', '),
  ClusterPortrayed: ({ nodesReady, nodes }) => `${nodesReady ?? 0}/${nodes ?? 0} nodes ready`,
};

/** `OBSERVED_STATE_NOT_OURS` → `not ours`: the prefix says which enum, which the line says already. */
const last = (value: string | undefined): string =>
  String(value ?? '')
    .replace(/^(OBSERVED_STATE|WITHDRAWAL_CAUSE|VERDICT)_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');

const toldOf = ({ cluster, told = 0, target = 0 }: any): string =>
  told === target || target < 0 ? `${cluster} ${told}` : `${cluster} ${told} (target ${target})`;

const detailOf = ({ type, data }: HubEvent): string => DETAILS[type]?.(data ?? {}) ?? '';
