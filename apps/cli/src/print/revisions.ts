interface Difference {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Revision {
  readonly revision: number;
  readonly at: string;
  readonly author: string;
  readonly manager: string;
  readonly operation: string;
  readonly difference: readonly Difference[] | string;
}

const LONGEST = 60;
const NAMED = 2;
const STATUS = /^status\b/;

const text = (value: unknown): string => {
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST - 1)}…` : whole;
};

const changeText = ({ path, before, after }: Difference): string => {
  if (before === undefined) return `${path}: + ${text(after)}`;
  if (after === undefined) return `${path}: - ${text(before)}`;
  return `${path}: ${text(before)} → ${text(after)}`;
};

/** A whole object that appears is one word, not its fields. */
const isCreated = ({ difference }: Revision): boolean =>
  typeof difference !== 'string' && difference.some(({ path, before }) => path === 'kind' && before === undefined);

/** One line: the first fields that changed, and how many more did. */
export const revisionSummary = (revision: Revision): string => {
  const { difference } = revision;
  if (typeof difference === 'string') return difference;
  if (isCreated(revision)) return 'created';
  if (difference.length === 0) return 'only managed fields';
  const own = difference.filter(({ path }) => !STATUS.test(path));
  // What the clusters made of it in the meantime is written along; it is no part of what the author did.
  if (own.length > 0 && own.length < difference.length) return revisionSummary({ ...revision, difference: own });
  const more = difference.length > NAMED ? ` (+${difference.length - NAMED} more)` : '';
  return difference.slice(0, NAMED).map(changeText).join(', ') + more;
};

/** A heading and one line for each field. */
export const revisionLines = (revision: Revision): string => {
  const { revision: number, at, author, manager, operation, difference } = revision;
  const who = manager === '' ? author : `${author} as ${manager}`;
  const heading = `${number}  ${at}  ${operation} by ${who}`;
  if (typeof difference === 'string') return `${heading}\n    ${difference}`;
  return [heading, ...difference.map((one) => `    ${changeText(one)}`)].join('\n');
};
