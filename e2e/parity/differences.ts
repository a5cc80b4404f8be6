/** One place where the two answers differ. */
export interface Difference {
  readonly path: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Every field in which two JSON values differ; the order of an object's fields does not count. */
export function differences(ours: unknown, theirs: unknown, path = ''): Difference[] {
  if (ours === theirs) return [];
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const length = Math.max(ours.length, theirs.length);
    return Array.from({ length }, (_, index) => differences(ours[index], theirs[index], `${path}[${index}]`)).flat();
  }
  if (isObject(ours) && isObject(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return names.flatMap((name) => differences(ours[name], theirs[name], path === '' ? name : `${path}.${name}`));
  }
  return [{ path, ours, theirs }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
