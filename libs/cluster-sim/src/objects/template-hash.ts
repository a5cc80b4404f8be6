const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON whose keys are sorted, so that equal values give equal texts. */
const canonical = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
};

const known = new WeakMap<object, string>();

/**
 * A short name for a value: the same for equal values. FNV-1a over canonical JSON, twice with different seeds, so that two
 * templates of one workload hardly ever share it. Remembered per object: stored objects never change.
 */
export const templateHash = (value: object): string => {
  const before = known.get(value);
  if (before !== undefined) return before;
  const text = canonical(value);
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  let hash = '';
  for (let number = (low >>> 0) * 2 ** 16 + ((high >>> 0) % 2 ** 16); hash.length < 10;) {
    hash += ALPHABET[number % ALPHABET.length];
    number = Math.floor(number / ALPHABET.length);
  }
  known.set(value, hash);
  return hash;
};
