/** One changed field. A list that changed its length is shown as a whole: an index says little when entries move. */
export interface FieldDifference {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What differs between two objects, by field path, in path order. */
export const differenceOf = (before: unknown, after: unknown, path = ''): FieldDifference[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differenceOf(before[key], after[key], path === '' ? key : `${path}.${key}`));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => differenceOf(item, after[index], `${path}[${index}]`));
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
};
