import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAGE = 'docs/explanation/promises.md';

/** A test that the page of promises names. */
export interface NamedTest {
  readonly path: string;
  /** what the link leads to, from the page's folder */
  readonly link: string;
  /** of its title, as it stands in the file */
  readonly title: string;
}

const LINE = /^- \[([^\]]+)\]\(([^)]+)\): “(.+)”$/gm;

export const namedTestsOf = (page: string): NamedTest[] =>
  [...page.matchAll(LINE)].map(([, path, link, title]) => ({ path: path!, link: link!, title: title! }));

const IS_RUN = /\.(spec|e2e)\.ts$/;

/** The files among them that are run by themselves; a suite that others run has its result there. */
export const filesOf = (page: string): string[] =>
  [...new Set(namedTestsOf(page).map(({ path }) => path))].filter((path) => IS_RUN.test(path)).sort();

/** What is not so: a file that is not there, one that has no such title, a link that leads elsewhere. */
export const wrongNames = (root: string, named: readonly NamedTest[]): string[] =>
  named.flatMap(({ path, link, title }) => {
    if (link !== `../../${path}`) return [`${path}: the link leads to ${link}`];
    const file = join(root, path);
    if (!existsSync(file)) return [`${path} is not there`];
    return readFileSync(file, 'utf8').includes(title) ? [] : [`${path} holds no “${title}”`];
  });

/** Last result of a file's tests. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  /** as 2026-11-22 */
  readonly date: string;
}

const BEGIN = '<!-- results, written by `npm run promises -w @skerry/checks` -->';
const END = '<!-- end of results -->';
const ROW = /^\| \[([^\]]+)\]\([^)]+\) +\| (\d+) passed, (\d+) failed +\| (\d{4}-\d\d-\d\d) +\|$/gm;

export const resultsOf = (page: string): Map<string, Result> =>
  new Map(
    [...page.matchAll(ROW)].map(([, path, passed, failed, date]) => [
      path!,
      { passed: Number(passed), failed: Number(failed), date: date! },
    ]),
  );

/** The page with these results in its table; files that have none yet are listed so. Throws where it has no table. */
export const withResults = (page: string, results: ReadonlyMap<string, Result>): string => {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no table between "${BEGIN}" and "${END}"`);
  const cells = filesOf(page).map((path) => {
    const result = results.get(path);
    const said = result ? `${result.passed} passed, ${result.failed} failed` : 'not recorded yet';
    return [`[${path}](../../${path})`, said, result?.date ?? ''];
  });
  return `${page.slice(0, from)}${BEGIN}\n\n${tableOf([['file', 'last result', 'date'], ...cells])}\n\n${page.slice(to)}`;
};

/** As prettier writes it. */
const tableOf = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  return [lines[0], `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.slice(1)].join('\n');
};
