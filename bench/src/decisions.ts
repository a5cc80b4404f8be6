import { create } from '@skerry/contract/message';
import { ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ClusterPortrayedSchema, ClusterJudgedSchema, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { encodeEvent } from '@skerry/domain/codec';
import { portraitStream, verdictStream } from '@skerry/domain/cluster/cluster';
import { manifestStream } from '@skerry/domain/manifest/manifest';
import type { ConnectedHub } from '@skerry/all-in-one/up/platform';
import { partitionOf } from '@skerry/ports/event-store/event-store';

const CLUSTERS = 50;
const WORKLOADS = 5_000;
const DEADLINE_MS = 120_000;
const META = { actor: 'bench', correlationId: 'bench', causationId: 'bench', traceparent: '' };

interface Seed {
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

/** Fifty clusters that are Ready and serve Deployments, without a machine behind them: what is measured is deciding. */
const clusterSeeds = (): Seed[] =>
  Array.from({ length: CLUSTERS }, (_, index) => {
    const name = `bench-${index}`;
    const uid = `cluster-${index}`;
    const object = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Cluster',
      metadata: { name, uid, generation: 1 },
      spec: { region: `r${index % 5}` },
    };
    const judged = encodeEvent(
      'ClusterJudged',
      create(ClusterJudgedSchema, { cluster: name, clusterUid: uid, verdict: Verdict.READY }),
    );
    const portrait = create(ClusterPortrayedSchema, {
      cluster: name,
      clusterUid: uid,
      kinds: ['apps/v1/Deployment'],
      kindsComplete: true,
    });
    return [
      stored(object, 'clusters'),
      { stream: verdictStream(name), type: 'ClusterJudged', data: judged, uid, namespace: '' },
      {
        stream: portraitStream(name),
        type: 'ClusterPortrayed',
        data: encodeEvent('ClusterPortrayed', portrait),
        uid,
        namespace: '',
      },
    ];
  }).flat();

const policySeed = (): Seed =>
  stored(
    {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'ClusterPlacementPolicy',
      metadata: { name: 'bench', uid: 'bench-policy', generation: 1 },
      spec: { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }], division: { strategy: 'Weighted' } },
    },
    'clusterplacementpolicies',
  );

const workloadSeed = (index: number): Seed => {
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

const append = async (hub: ConnectedHub, { id, seeds }: { id: string; seeds: readonly Seed[] }): Promise<void> => {
  const events = seeds.map((seed) => ({ ...seed, partition: partitionOf(seed.uid), cluster: '' }));
  const outcome = await hub.store.events.append({ commandId: `bench/${id}`, events, expected: [], meta: META });
  if (outcome.kind !== 'appended') throw new Error(`seeding ended ${outcome.kind}`);
};

export interface DecisionFigures {
  readonly perSecond: number;
  /** bytes of data of one PlacementDecided, mean */
  readonly bytesEach: number;
}

/** PlacementDecided appended per second, from the first workload's manifest to the last one's placement, over 50 clusters. */
export const measureDecisions = async (hub: ConnectedHub): Promise<DecisionFigures> => {
  await append(hub, { id: 'clusters', seeds: [...clusterSeeds(), policySeed()] });
  const { position } = await hub.store.events.head();
  const startMs = performance.now();
  for (let at = 0; at < WORKLOADS; at += 100) {
    await append(hub, {
      id: `workloads-${at}`,
      seeds: Array.from({ length: 100 }, (_, index) => workloadSeed(at + index)),
    });
  }
  const sizes: number[] = [];
  let after = position;
  while (sizes.length < WORKLOADS) {
    if (performance.now() - startMs > DEADLINE_MS)
      throw new Error(`only ${sizes.length} of ${WORKLOADS} were decided in time`);
    const range = await hub.store.events.read({ after, limit: 2_000, categories: ['placement'] });
    after = range.through;
    sizes.push(...range.events.map((event) => event.data.byteLength));
    if (range.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - startMs) / 1_000;
  return { perSecond: WORKLOADS / seconds, bytesEach: sizes.reduce((sum, size) => sum + size, 0) / sizes.length };
};
