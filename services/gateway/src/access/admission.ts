import type { KubeObject as ApiObject } from '@skerry/api/object';
import { validateOwnKind } from '@skerry/api/validate';
import type { Admission } from '@skerry/kube-api/options';
import { badRequest, invalid } from '@skerry/kube-api/status-errors/errors';
import { invalidValue } from '@skerry/kube-api/status-errors/field-problems';
import { GROUP } from '@skerry/api/object';

/** Annotations and labels that only Skerry may write: an object that brought its own would be taken for another. */
const RESERVED = ['skerry.dev/uid', 'skerry.dev/managed', 'skerry.dev/conditions'];

export const validateOwnKinds: Admission = ({ operation, object, resource, name }) => {
  if (operation === 'DELETE' || !object || resource.group !== GROUP) return undefined;
  const errors = validateOwnKind(object as unknown as ApiObject);
  if (errors.length === 0) return undefined;
  throw invalid(
    resource,
    name,
    errors.map(({ field, value, why }) => invalidValue(field, value, why)),
  );
};

/** What comes back from a read may be written again, so computed marks are taken out; others' marks are refused. */
export const stripComputed: Admission = ({ operation, object, resource, name }) => {
  if (operation === 'DELETE' || !object || resource.group === GROUP) return undefined;
  const { annotations, labels } = object.metadata;
  const foreign = RESERVED.find(
    (key) => key !== 'skerry.dev/conditions' && (annotations?.[key] ?? labels?.[key]) !== undefined,
  );
  if (foreign)
    throw badRequest(`${resource.kind} ${name}: metadata may not hold ${foreign}: it is written by Skerry only`);
  if (annotations?.['skerry.dev/conditions'] === undefined) return undefined;
  const { 'skerry.dev/conditions': _computed, ...kept } = annotations;
  return { ...object, metadata: { ...object.metadata, annotations: kept } };
};
