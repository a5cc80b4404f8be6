/** What an override changes in metadata: one label or annotation by its key. */
export interface MetadataEntry {
  readonly map: 'labels' | 'annotations';
  readonly key: string;
}

/** Reference tokens of a JSON pointer (RFC 6901), unescaped. */
export const pointerTokens = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The label or annotation that `/metadata/labels/<key>` or `/metadata/annotations/<key>` names; undefined for any other path. */
export const metadataEntryOf = (path: string): MetadataEntry | undefined => {
  const [root, map, key, ...deeper] = pointerTokens(path);
  if (root !== 'metadata' || (map !== 'labels' && map !== 'annotations')) return undefined;
  return key === undefined || key === '' || deeper.length > 0 ? undefined : { map, key };
};
