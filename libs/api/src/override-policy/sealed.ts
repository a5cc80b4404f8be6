import type { FieldError } from '../field-error.ts';
import type { ObjectSelector } from '../selectors.ts';
import type { OverrideOperation } from './override-policy.ts';
import { metadataEntryOf } from './patch-path.ts';

/** What can be done to an object whose body only its cluster reads in clear. */
export const SEALED_OVERRIDES =
  'labels, annotations, and jsonPatch of /metadata/labels/<key> and /metadata/annotations/<key>';

/** A label or annotation of a sealed object to write, or to remove where `value` is undefined. */
export interface MetadataEdit {
  readonly map: 'labels' | 'annotations';
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * An operation as edits of labels and annotations, in order; undefined when it is about anything else. A `replace` of what
 * is not there writes it: whether it is there only the cluster knows.
 */
export const metadataEditsOf = (operation: OverrideOperation): readonly MetadataEdit[] | undefined => {
  if (operation.jsonPatch) {
    const edits = operation.jsonPatch.map(({ op, path, value }): MetadataEdit | undefined => {
      const entry = metadataEntryOf(path);
      return entry && { ...entry, value: op === 'remove' ? undefined : String(value) };
    });
    return edits.every((edit) => edit !== undefined) ? edits : undefined;
  }
  if (!operation.labels && !operation.annotations) return undefined;
  return (['labels', 'annotations'] as const).flatMap((map) => [
    ...Object.entries(operation[map]?.set ?? {}).map(([key, value]) => ({ map, key, value })),
    ...(operation[map]?.remove ?? []).map((key) => ({ map, key, value: undefined })),
  ]);
};

const isSecret = ({ apiVersion, kind }: ObjectSelector): boolean =>
  kind === 'Secret' && (apiVersion === 'v1' || apiVersion === '*');

/** A policy that names Secrets and does to them what cannot be done is refused at the door. */
export const refuseOnSecrets = (
  operation: OverrideOperation,
  { path, selects }: { path: string; selects: readonly ObjectSelector[] },
): FieldError[] => {
  const index = selects.findIndex((selector) => isSecret(selector));
  if (index < 0) return [];
  const why = `spec.selects[${index}] names Secrets, of which overrides touch metadata only; allowed: ${SEALED_OVERRIDES}`;
  if (operation.jsonPatch) {
    return operation.jsonPatch.flatMap((step, at) =>
      metadataEntryOf(step.path) ? [] : [{ field: `${path}.jsonPatch[${at}].path`, value: step.path, why }],
    );
  }
  if (metadataEditsOf(operation)) return [];
  const [name = '', value] = Object.entries(operation)[0] ?? [];
  return [{ field: `${path}.${name}`, value, why }];
};
