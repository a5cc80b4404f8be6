import type { FieldError } from '../field-error.ts';
import { GROUP } from '../object.ts';
import type { JsonPatchOperation, OverrideOperation } from './override-policy.ts';
import { metadataEntryOf, pointerTokens } from './patch-path.ts';

const isReserved = (key: string): boolean => key.startsWith(`${GROUP}/`);

const whyReserved = `keys below ${GROUP}/ are written by Skerry only; allowed: any other key`;

/** Fields outside metadata that say which object it is, or that a member writes itself. */
const NOT_TO_OVERRIDE = new Set(['apiVersion', 'kind', 'status']);

const whyIdentity =
  'an override cannot change which object it is or who owns it; allowed in metadata: labels and annotations';

/** What an override may change of no object at all: its identity, its owners, and the marks that Skerry finds it by. */
export const refuseReserved = (operation: OverrideOperation, path: string): FieldError[] => [
  ...(['labels', 'annotations'] as const).flatMap((map) => [
    ...Object.keys(operation[map]?.set ?? {})
      .filter(isReserved)
      .map((key) => ({ field: `${path}.${map}.set`, value: key, why: whyReserved })),
    ...(operation[map]?.remove ?? [])
      .filter(isReserved)
      .map((key) => ({ field: `${path}.${map}.remove`, value: key, why: whyReserved })),
  ]),
  ...(operation.jsonPatch ?? []).flatMap((step, index) => refuseStep(step, `${path}.jsonPatch[${index}]`)),
];

const isMapOfTexts = (value: unknown): boolean =>
  value !== null &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');

const refuseStep = ({ op, path, value }: JsonPatchOperation, field: string): FieldError[] => {
  const [root = '', map] = pointerTokens(path);
  if (NOT_TO_OVERRIDE.has(root)) return [{ field: `${field}.path`, value: path, why: whyIdentity }];
  if (root !== 'metadata') return [];
  if (map !== 'labels' && map !== 'annotations') return [{ field: `${field}.path`, value: path, why: whyIdentity }];
  const entry = metadataEntryOf(path);
  if (op !== 'remove' && pointerTokens(path).length === 2 && !isMapOfTexts(value)) {
    return [{ field: `${field}.value`, value, why: `${map} have to be a map of texts` }];
  }
  const keys = entry ? [entry.key] : Object.keys((op === 'remove' ? undefined : (value as object)) ?? {});
  const reserved = keys.filter(isReserved).map((key) => ({ field: `${field}.path`, value: key, why: whyReserved }));
  if (reserved.length > 0 || !entry || op === 'remove' || typeof value === 'string') return reserved;
  return [{ field: `${field}.value`, value, why: `${map.slice(0, -1)} "${entry.key}" has to be a text` }];
};
