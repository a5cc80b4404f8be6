import { metadataEditsOf } from '@skerry/api/override-policy/sealed';
import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import type { Json } from './json-patch.ts';

/**
 * What overrides make of a sealed body: an RFC 7396 patch of its metadata, undefined for none. Anything else would need its
 * bytes in clear and is left out, whole operation by whole operation; `refusedOverrides` says which.
 */
export const metadataPatch = (
  operations: readonly OverrideOperation[],
): { readonly [key: string]: Json } | undefined => {
  const edits = operations.flatMap((operation) => metadataEditsOf(operation) ?? []);
  if (edits.length === 0) return undefined;
  const metadata: Record<string, Record<string, Json>> = {};
  for (const { map, key, value } of edits) metadata[map] = { ...metadata[map], [key]: value ?? null };
  return { metadata };
};
