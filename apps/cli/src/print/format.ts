import { formatTable } from '@skerry/all-in-one/up/format-table';
import { usage } from '../failure.ts';
import { stringify } from 'yaml';

export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'name';

const FORMATS: readonly Format[] = ['table', 'wide', 'json', 'yaml', 'name'];

export const parseFormat = (text: string): Format => {
  const found = FORMATS.find((format) => format === text);
  if (found === undefined) throw usage(`-o ${text}: allowed are ${FORMATS.join(', ')}`);
  return found;
};

export interface Shown {
  /** first row: the headings */
  readonly rows: readonly (readonly string[])[];
  /** the same for programs */
  readonly value: unknown;
  /** one name a line */
  readonly names: readonly string[];
  /** said instead of a table without rows */
  readonly none: string;
}

/** One and the same thing for people (table, wide) and for programs (json, yaml, name). */
export const format = (shown: Shown, as: Format): string => {
  if (as === 'json') return JSON.stringify(shown.value, null, 2);
  if (as === 'yaml') return stringify(shown.value).trimEnd();
  if (as === 'name') return shown.names.join('\n');
  return shown.rows.length > 1 ? formatTable(shown.rows) : shown.none;
};
