import { metadataEditsOf, SEALED_OVERRIDES } from '@skerry/api/override-policy/sealed';
import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import { clusterMismatch, type SelectableCluster } from '@skerry/api/selectors';
import type { Json } from './json-patch.ts';
import type { OverrideSource } from './render.ts';

/**
 * What overrides make of a sealed body: an RFC 7396 patch of its metadata, undefined for none. Anything else would need its
 * bytes in clear and is left out, whole operation by whole operation; `refusedOnSealed` says which.
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

/** One line for each operation that a cluster's sealed object does not get, with the policy that asks for it. */
export const refusedOnSealed = (sources: readonly OverrideSource[], cluster: SelectableCluster): readonly string[] =>
  sources.flatMap(({ kind, name, spec }) =>
    spec.rules
      .filter((rule) => clusterMismatch(rule.clusters, cluster) === undefined)
      .flatMap((rule) => rule.operations)
      .filter((operation) => metadataEditsOf(operation) === undefined)
      .map(
        (operation) => `${kind} ${name}: ${nameOf(operation)} is left out; of a Secret allowed: ${SEALED_OVERRIDES}`,
      ),
  );

const nameOf = ({ jsonPatch, ...others }: OverrideOperation): string =>
  jsonPatch ? `jsonPatch of ${jsonPatch.map(({ path }) => path).join(', ')}` : Object.keys(others).join(', ');
