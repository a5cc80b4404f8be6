import type { ClusterSpec, Confirmation } from '@skerry/api/cluster/cluster';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { desiredStream } from '@skerry/domain/desired/desired';
import { observedStream } from '@skerry/domain/observed/observed';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { EventStore } from '@skerry/ports/event-store/event-store';
import type { ClusterOrders } from '@skerry/ports/hub-source/hub-source';
import type { ObjectStore } from '@skerry/ports/object-store/object-store';
import { rowToJson } from '@skerry/runtime/consumer/row-json';
import { syncerUser } from '../access/tokens.ts';
import type { StatusView } from '../view/status-view.ts';
import { answerJson, numberOf, type Query, QueryRefused } from './route.ts';

const PAGE = 1_000;

interface SyncerSources {
  readonly events: EventStore;
  readonly blobs: Blobs;
  readonly view: StatusView;
  /** its `head` resolves when the view has everything that was committed before the call */
  readonly objects: ObjectStore;
}

/**
 * What a syncer may read: its own cluster's desired state (last row of every stream, refill from a position) and the bodies
 * that it names. A body is asked for by the object's uid, so a syncer cannot name a blob that is not desired in its cluster.
 */
export const answerSyncer = async (sources: SyncerSources, query: Query): Promise<void> => {
  const [, cluster = '', what = '', uid = ''] = query.parts;
  if (query.user.name !== syncerUser(cluster)) {
    throw new QueryRefused(403, `user "${query.user.name}" is not the syncer of cluster "${cluster}"`);
  }
  const member = await sources.objects.get({ group: 'skerry.dev', resource: 'clusters', namespace: '', name: cluster });
  if (!member) throw new QueryRefused(403, `there is no cluster "${cluster}"`);
  refuseOthers(query, { cluster, uid: member.object.metadata.uid });
  const self = { name: cluster, uid: member.object.metadata.uid };
  const channel = `desired.${cluster}`;
  const { events } = sources;
  const { parameters, response } = query;
  const limit = Math.min(PAGE, numberOf(parameters, { name: 'limit', otherwise: PAGE }));
  if (what === 'head') return answerJson(response, await events.head());
  if (what === 'events') {
    const after = numberOf(parameters, { name: 'after', otherwise: 0 });
    const { events: rows, through } = await events.read({ after, limit, channels: [channel] });
    return answerJson(response, { rows: rows.map(rowToJson), through });
  }
  if (what === 'last') {
    const afterStream = parameters.get('after') ?? '';
    const category = parameters.get('category') === 'observed' ? 'observed' : 'desired';
    const channel = `${category}.${cluster}`;
    const prefix = (category === 'observed' ? observedStream : desiredStream)(cluster, '');
    const rows = await events.readLastPerStream({ category, channel, prefix, afterStream, limit });
    return answerJson(response, { rows: rows.map(rowToJson) });
  }
  if (what === 'orders') return answerJson(response, await ordersOf(sources, cluster));
  if (what === 'bodies') return answerBody(sources, { query, cluster, uid });
  if (what === 'self') return answerJson(response, self);
  if (what === 'credentials') return answerJson(response, { kubeconfig: await kubeconfigOf(sources, member.object) });
  throw new QueryRefused(404, 'no such path; allowed: head, events, last, orders, self, credentials, bodies/<uid>');
};

/** A name may be joined anew: what the next cluster of it shall hold is nothing for the syncer of the one before. */
const refuseOthers = ({ user }: Query, { cluster, uid }: { cluster: string; uid: string | undefined }): void => {
  if (uid !== undefined && user.uid === uid) return;
  const whose = user.uid === undefined ? 'names no Cluster object' : `is for the Cluster object with uid ${user.uid}`;
  const start = `start the syncer of "${cluster}" anew: it is then given a token for uid ${uid}`;
  throw new QueryRefused(403, `the token of "${user.name}" ${whose}, not for the present one: ${start}`);
};

/** The last confirmation of each kind that a person wrote into the Cluster object. */
const ordersOf = async ({ objects, events }: SyncerSources, cluster: string): Promise<ClusterOrders> => {
  const stored = await objects.get({ group: 'skerry.dev', resource: 'clusters', namespace: '', name: cluster });
  const { confirmations = [] } = (stored?.object['spec'] ?? {}) as ClusterSpec;
  const { incarnation } = await events.head();
  return lastOrders(confirmations, incarnation);
};

/** The latest of each kind, by its time: whatever zone it is written in. */
export const lastOrders = (confirmations: readonly Confirmation[], incarnation: string): ClusterOrders => {
  const last = (wanted: (one: Confirmation) => boolean): string | undefined =>
    confirmations
      .filter((one) => wanted(one) && !Number.isNaN(Date.parse(one.at)))
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
      .at(-1)?.at;
  return {
    withdrawals: last(({ what }) => what === 'withdrawals'),
    restore: last((one) => one.what === 'restore' && one.incarnation === incarnation),
  };
};

/** Of the member itself, for a syncer that runs beside the hub. Nobody else's: the Secret is the one its Cluster object names. */
const kubeconfigOf = async ({ objects }: SyncerSources, member: KubeObject): Promise<string> => {
  const { access } = (member['spec'] ?? {}) as ClusterSpec;
  if (!access?.secretRef) {
    const name = member.metadata.name;
    throw new QueryRefused(404, `Cluster "${name}" names no Secret with a kubeconfig: its syncer has to bring its own`);
  }
  const { namespace, name } = access.secretRef;
  const secret = await objects.get({ group: '', resource: 'secrets', namespace, name });
  const { kubeconfig } = (secret?.object['data'] ?? {}) as { kubeconfig?: string };
  if (kubeconfig !== undefined) return Buffer.from(kubeconfig, 'base64').toString('utf8');
  throw new QueryRefused(404, `there is no Secret ${namespace}/${name} with a key "kubeconfig"`);
};

const answerBody = async (
  { view, blobs, objects }: SyncerSources,
  { query, cluster, uid }: { query: Query; cluster: string; uid: string },
): Promise<void> => {
  await objects.head();
  const blob = view.of(uid).desired.get(cluster)?.blob;
  if (!blob) throw new QueryRefused(404, `cluster "${cluster}" is not told a body for ${uid}`);
  const { id, sealed, namespace } = blob;
  const bytes = Buffer.from(await blobs.get({ id, sealed, namespace }));
  query.response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.byteLength,
    'x-skerry-blob': id,
  });
  query.response.end(bytes);
};
