import { MANAGED_LABEL } from '@skerry/api/object';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { collectionPath, requireAnswer } from './member/kube-calls.ts';
import type { SyncContext } from './sync-context.ts';

/** What every namespace gets by itself, or what is only a shadow of something else. */
const MADE_BY_THE_CLUSTER = new Set([
  'events',
  'endpoints',
  'endpointslices',
  'leases',
  'pods',
  'replicasets',
  'controllerrevisions',
]);
const ALWAYS_THERE = new Set(['configmaps/kube-root-ca.crt', 'serviceaccounts/default']);

/** Empty, or the first thing in the namespace that is not ours: with that in it the namespace stays. */
export const foreignContents = async (context: SyncContext, namespace: string): Promise<string> => {
  const selector = encodeURIComponent(`${MANAGED_LABEL}!=true`);
  for (const resource of context.kinds.all) {
    if (!resource.namespaced || !resource.verbs.includes('list') || MADE_BY_THE_CLUSTER.has(resource.plural)) continue;
    const path = `${collectionPath(resource, namespace)}?labelSelector=${selector}&limit=20`;
    const response = requireAnswer(await context.member.request({ method: 'GET', path }), `GET ${path}`);
    const items = (response.body as { items?: KubeObject[] }).items ?? [];
    const foreign = items.find(
      ({ metadata }) =>
        !ALWAYS_THERE.has(`${resource.plural}/${metadata.name}`) && (metadata.ownerReferences ?? []).length === 0,
    );
    if (foreign) return `${resource.kind} ${foreign.metadata.name} in the namespace is not ours`;
  }
  return '';
};
