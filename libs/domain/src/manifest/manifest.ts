import type { ManifestDeleted, ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';

/** Category `manifest`: every object that a user writes. Keyed by name, so that two writers of one name meet. */
export const MANIFEST = 'manifest';

export interface ObjectKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export const manifestStream = (key: ObjectKey): string =>
  `${MANIFEST}-${key.group}/${key.resource}/${key.namespace}/${key.name}`;

/** Reads a stream name back; undefined when it is not a manifest stream. Names and namespaces hold no slash. */
export const manifestKey = (stream: string): ObjectKey | undefined => {
  const parts = stream.slice(MANIFEST.length + 1).split('/');
  if (!stream.startsWith(`${MANIFEST}-`) || parts.length !== 4) return undefined;
  return { group: parts[0]!, resource: parts[1]!, namespace: parts[2]!, name: parts[3]! };
};

export type ManifestEvent =
  | { readonly type: 'ManifestStored'; readonly data: ManifestStored }
  | { readonly type: 'ManifestDeleted'; readonly data: ManifestDeleted };
