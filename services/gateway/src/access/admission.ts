import type { Admission } from '@skerry/kube-api/options';
import { badRequest } from '@skerry/kube-api/status-errors/errors';
import { CONDITIONS_ANNOTATION, GROUP, MANAGED_LABEL, UID_ANNOTATION } from '@skerry/api/object';

/** Annotations and labels that only Skerry may write: an object that brought its own would be taken for another. */
const RESERVED = [UID_ANNOTATION, MANAGED_LABEL];

/**
 * What comes back from a read may be written again: the computed conditions are put back as they are, so that nothing but a
 * real change is one. The store leaves them out. Marks that only Skerry may write are refused.
 */
export const keepComputed: Admission = ({ operation, object, before, resource, name }) => {
  if (operation === 'DELETE' || !object || resource.group === GROUP) return undefined;
  const { annotations = {}, labels } = object.metadata;
  const foreign = RESERVED.find((key) => (annotations[key] ?? labels?.[key]) !== undefined);
  if (foreign) {
    throw badRequest(`${resource.kind} ${name}: metadata may not hold ${foreign}: it is written by Skerry only`);
  }
  const computed = before?.metadata.annotations?.[CONDITIONS_ANNOTATION];
  if (annotations[CONDITIONS_ANNOTATION] === computed) return undefined;
  const { [CONDITIONS_ANNOTATION]: _written, ...others } = annotations;
  const kept = computed === undefined ? others : { ...others, [CONDITIONS_ANNOTATION]: computed };
  return { ...object, metadata: { ...object.metadata, annotations: kept } };
};
