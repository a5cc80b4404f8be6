import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { LiveState } from './live-state.ts';
import { Informer, type InformerOptions } from './member/informer.ts';
import { collectionPath, type ServedResource } from './member/kube-calls.ts';
import type { ClusterPortrait } from './portrait.ts';

/** Nodes for the portrait; pods and ReplicaSets, ours or not, because they are what is ready behind our objects. */
const CORE: Readonly<Record<'nodes' | 'pods' | 'replicaSets', ServedResource>> = {
  nodes: { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false, verbs: [] },
  pods: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] },
  replicaSets: { group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true, verbs: [] },
};

interface Sink {
  readonly put: (object: KubeObject) => void;
  readonly gone: (uid: string) => void;
  /** uids held now: those that a whole list does not name are gone */
  readonly held: () => Iterable<string>;
}

export interface CoreOptions extends Pick<InformerOptions, 'member' | 'clock' | 'log' | 'random'> {
  readonly live: LiveState;
  readonly portrait: ClusterPortrait;
  readonly onChanged: (uids: readonly string[]) => void;
}

/** Follows what stands behind our objects. The informers have been started; wait for `synced` of each. */
export const followCore = (options: CoreOptions): Informer[] => {
  const { live, portrait, onChanged } = options;
  const nodes: Sink = {
    put: (object) => portrait.putNode(object),
    gone: (uid) => portrait.removeNode(uid),
    held: () => portrait.nodeUids,
  };
  const pods: Sink = {
    put: (object) => {
      portrait.putPod(object);
      onChanged(live.putPod(object));
    },
    gone: (uid) => {
      portrait.removePod(uid);
      onChanged(live.removePod(uid));
    },
    held: () => live.podUids,
  };
  const replicaSets: Sink = {
    put: (object) => onChanged(live.putReplicaSet(object)),
    gone: (uid) => onChanged(live.removeReplicaSet(uid)),
    held: () => live.replicaSetUids,
  };
  // ReplicaSets first: a pod whose owner is not known yet would be counted for nobody at first
  return [
    follow(options, CORE.nodes, nodes),
    follow(options, CORE.replicaSets, replicaSets),
    follow(options, CORE.pods, pods),
  ];
};

const follow = (options: CoreOptions, resource: ServedResource, sink: Sink): Informer => {
  const informer = new Informer({
    ...options,
    path: collectionPath(resource),
    selector: '',
    onPut: sink.put,
    onGone: (object) => sink.gone(object.metadata.uid ?? ''),
    onListed: (present) => [...sink.held()].filter((uid) => !present.has(uid)).forEach(sink.gone),
  });
  informer.start();
  return informer;
};
