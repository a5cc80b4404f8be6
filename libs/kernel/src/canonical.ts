/** JSON with sorted keys and no `undefined`: equal values give equal text. The input of every basis and content hash. */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  const fields: string[] = [];
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) fields.push(`${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  }
  return `{${fields.join(',')}}`;
};

/** FNV-1a, 32 bits, over UTF-8. For tie-breaks, never for identity. */
export const fnv1a32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // names of clusters and uids are ASCII, where a character is its own byte: encoding costs ten times the hash
    if (code > 0x7f) return fnv1a32OfBytes(new TextEncoder().encode(text));
    hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  }
  return hash;
};

const fnv1a32OfBytes = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};
