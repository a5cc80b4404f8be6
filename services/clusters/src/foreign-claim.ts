import type { Report } from '@skerry/contract/generated/skerry/v1/syncer_pb';

interface Own {
  readonly cluster: string;
  readonly uid: string;
}

/**
 * What in a report is not of the cluster that it is of as a whole; undefined: all of it is. NATS lets a syncer publish
 * under its own subject alone, and that says nothing of the content: one broken member must not be able to say what another
 * one serves or holds. What says nothing of its cluster is of the subject's: older syncers do not say it everywhere.
 */
export const foreignClaim = (report: Report, own: Own): string | undefined => {
  const { portrait, objects } = report;
  if (portrait && isForeign(portrait, own)) return 'portrait';
  const found = objects.find((object) => !object.ref?.uid || isForeign(object, own));
  return found && `object ${found.ref?.uid || 'without a uid'}`;
};

const isForeign = (said: { cluster: string; clusterUid: string }, { cluster, uid }: Own): boolean =>
  (said.cluster !== '' && said.cluster !== cluster) || (said.clusterUid !== '' && said.clusterUid !== uid);
