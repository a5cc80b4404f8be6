import { CAUSE_NAMES } from '@skerry/domain/desired/desired';
import { TransientFailure } from '@skerry/kernel/errors';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { keyOfRef } from './desired-state.ts';
import { type LiveEntry, toLiveEntry } from './live-state.ts';
import { apiVersionOf, collectionPath, findListed, getObject, type ServedResource } from './member/kube-calls.ts';
import type { SyncContext } from './sync-context.ts';

/** Nobody loses anything with these: traces, locks of what runs here, and addresses that Services give anew. */
const WITHOUT_WORTH = new Set(['/events', 'events.k8s.io/events', 'coordination.k8s.io/leases', '/endpoints']);
/** What Kubernetes makes in every namespace. */
const ALWAYS_THERE = new Set(['/ConfigMap/kube-root-ca.crt', '/ServiceAccount/default']);

/**
 * Empty, or what would be lost with a namespace or a definition that is deleted now, or why that cannot be known. Asks the
 * member anew, for every kind and all pages: only for deletes of what holds other objects. Goes without anything that its
 * controller takes along (it is looked at itself), and without what the owner deleted too. What is made between this
 * look and the delete is not seen: the member has no precondition for it.
 */
export const whatWouldBeLost = async (
  context: SyncContext,
  { uid, resource }: { uid: string; resource: ServedResource },
): Promise<string> => {
  const isNamespace = resource.kind === 'Namespace' && resource.group === '';
  if (!isNamespace && resource.kind !== 'CustomResourceDefinition') return '';
  await context.refreshKinds();
  return isNamespace ? inNamespace(context, uid) : ofDefinition(context, { uid, resource });
};

const inNamespace = async (context: SyncContext, uid: string): Promise<string> => {
  if (!context.kinds.complete) return 'not all API groups of the cluster answer, so what is in it is not known';
  const { name } = context.desired.refOf(uid)!;
  const seen = new Set<string>();
  for (const resource of context.kinds.all) {
    const id = `${resource.group}/${resource.plural}`;
    // what cannot be deleted does not go with its namespace: figures of pods, questions of access
    const isHeld = resource.namespaced && resource.verbs.includes('list') && resource.verbs.includes('delete');
    if (!isHeld || WITHOUT_WORTH.has(id) || seen.has(id)) continue;
    seen.add(id); // other versions show the same objects
    const lost = await firstLost(context, { uid, resource, namespace: name });
    if (lost !== '') return lost;
  }
  return '';
};

const ofDefinition = async (
  context: SyncContext,
  { uid, resource }: { uid: string; resource: ServedResource },
): Promise<string> => {
  const ref = context.desired.refOf(uid)!;
  const [plural, ...group] = ref.name.split('.');
  const served = context.kinds.all.find((one) => one.plural === plural && one.group === group.join('.'));
  if (served) return firstLost(context, { uid, resource: served, namespace: '' });
  // one whose names were never accepted has never held anything; of any other only a whole discovery would know
  const definition = await getObject(context.member, { resource, named: ref });
  const { conditions = [] } = (definition?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  const isEstablished = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  return isEstablished ? 'the cluster does not serve its objects now, so what there is of them is not known' : '';
};

const firstLost = async (
  context: SyncContext,
  { uid, resource, namespace }: { uid: string; resource: ServedResource; namespace: string },
): Promise<string> => {
  const apiVersion = apiVersionOf(resource);
  const entryOf = (item: KubeObject): LiveEntry => toLiveEntry({ ...item, apiVersion, kind: resource.kind });
  const isWanted = (item: KubeObject): boolean => !isControlled(item) && isLost(context, entryOf(item));
  try {
    const found = await findListed(context.member, { path: collectionPath(resource, namespace), isWanted });
    if (!found) return '';
    const entry = entryOf(found);
    if (entry.hubUid !== '') context.waitsFor(entry.hubUid, uid);
    const of = entry.namespace !== '' && namespace === '' ? `${entry.namespace}/` : '';
    return `${resource.kind} ${of}${entry.name} would go with it and is not on its way out`;
  } catch (error) {
    if (!(error instanceof TransientFailure)) throw error;
    return `${resource.kind} cannot be listed, so what there is of it is not known: ${error.message}`;
  }
};

const isControlled = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;

const isLost = (context: SyncContext, entry: LiveEntry): boolean => {
  if (ALWAYS_THERE.has(`${entry.group}/${entry.kind}/${entry.name}`)) return false;
  const withdrawn = context.desired.withdrawn.get(entry.hubUid);
  // a copy that somebody made carries the mark too: only the name tells it from the object itself
  if (!withdrawn || keyOfRef(withdrawn.ref!) !== entry.key) return true;
  // what the owner deleted may go at once; anything else may be held back, and then must not go this way
  return CAUSE_NAMES[withdrawn.cause] !== 'owner' && !entry.terminating;
};
