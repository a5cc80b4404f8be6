import { create } from '@skerry/contract/message';
import { ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ClusterPortrayedSchema, ClusterJudgedSchema, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { encodeEvent } from '@skerry/domain/codec';
import { portraitStream, verdictStream } from '@skerry/domain/cluster/cluster';
import { manifestStream } from '@skerry/domain/manifest/manifest';
import type { ConnectedHub } from '@skerry/all-in-one/up/platform';
import { partitionOf } from '@skerry/ports/event-store/event-store';

const META = { actor: 'bench', correlationId: 'bench', causationId: 'bench', traceparent: '' };

export interface Seed {
  readonly stream: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly uid: string;
  readonly namespace: string;
}

const stored = (
  object: { apiVersion: string; kind: string; metadata: Record<string, any>; spec: any },
  resource: string,
): Seed => {
  const [version, group = ''] = object.apiVersion.split('/').reverse() as [string, string | undefined];
  const { uid, name, namespace = '' } = object.metadata as { uid: string; name: string; namespace?: string };
  const bytes = new TextEncoder().encode(JSON.stringify(object));
  const data = create(ManifestStoredSchema, {
    ref: { group, version, resource, kind: object.kind, namespace, name, uid },
    generation: 1n,
    body: { at: { case: 'inline', value: bytes } },
    labels: {},
    hasReplicas: object.kind === 'Deployment',
    replicas: object.kind === 'Deployment' ? object.spec.replicas : 0,
  });
  return {
    stream: manifestStream({ group, resource, namespace, name }),
    type: 'ManifestStored',
    data: encodeEvent('ManifestStored', data),
    uid,
    namespace,
  };
};

/** Clusters that are Ready and serve Deployments, without a machine behind them: what is measured is deciding. */
export const clusterSeeds = (count: number): Seed[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `bench-${index}`;
    const uid = `cluster-${index}`;
    const object = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Cluster',
      metadata: { name, uid, generation: 1 },
      spec: { region: `r${index % 5}` },
    };
    const portrait = create(ClusterPortrayedSchema, {
      cluster: name,
      clusterUid: uid,
      kinds: ['apps/v1/Deployment'],
      kindsComplete: true,
    });
    return [
      stored(object, 'clusters'),
      verdictSeed({ name, uid, verdict: Verdict.READY }),
      {
        stream: portraitStream(name),
        type: 'ClusterPortrayed',
        data: encodeEvent('ClusterPortrayed', portrait),
        uid,
        namespace: '',
      },
    ];
  }).flat();

export const verdictSeed = ({ name, uid, verdict }: { name: string; uid: string; verdict: Verdict }): Seed => {
  const data = create(ClusterJudgedSchema, { cluster: name, clusterUid: uid, verdict });
  return {
    stream: verdictStream(name),
    type: 'ClusterJudged',
    data: encodeEvent('ClusterJudged', data),
    uid,
    namespace: '',
  };
};

/** All Deployments to the chosen clusters, divided. */
export const policySeed = (clusters: object = {}): Seed =>
  stored(
    {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'ClusterPlacementPolicy',
      metadata: { name: 'bench', uid: 'bench-policy', generation: 1 },
      spec: { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }], clusters, division: { strategy: 'Weighted' } },
    },
    'clusterplacementpolicies',
  );

export const workloadSeed = (index: number): Seed => {
  const metadata = { name: `w-${index}`, namespace: 'decisions', uid: `workload-${index}`, generation: 1 };
  const template = {
    metadata: { labels: { app: 'w' } },
    spec: { containers: [{ name: 'w', image: 'registry.example/w:1' }] },
  };
  return stored(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 3, selector: { matchLabels: { app: 'w' } }, template },
    },
    'deployments',
  );
};

/** In one append: one transaction. */
export const appendSeeds = async (
  hub: Pick<ConnectedHub, 'store'>,
  { id, seeds }: { id: string; seeds: readonly Seed[] },
): Promise<void> => {
  const events = seeds.map((seed) => ({ ...seed, partition: partitionOf(seed.uid), cluster: '' }));
  const outcome = await hub.store.events.append({ commandId: `bench/${id}`, events, expected: [], meta: META });
  if (outcome.kind !== 'appended') throw new Error(`seeding ended ${outcome.kind}`);
};

/** Workloads from `from` on, a hundred at a time. */
export const appendWorkloads = async (
  hub: Pick<ConnectedHub, 'store'>,
  { from = 0, count }: { from?: number; count: number },
): Promise<void> => {
  for (let at = from; at < from + count; at += 100) {
    const size = Math.min(100, from + count - at);
    const seeds = Array.from({ length: size }, (_, index) => workloadSeed(at + index));
    await appendSeeds(hub, { id: `workloads-${at}`, seeds });
  }
};
