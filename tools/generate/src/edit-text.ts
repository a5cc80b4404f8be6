import { ToolFailure } from '@skerry/native/tool-failure';
import type { Edit } from './changes.ts';

const lost = (path: string, what: string): ToolFailure =>
  new ToolFailure(`${path} has no ${what}`, 'tools/generate has fallen behind the code: bring it up to date');

/** Puts `text` before or after the only match. */
export const beside = (
  path: string,
  { match, before, after }: { match: RegExp; before?: string; after?: string },
): Edit => ({
  path,
  edit: (whole) => {
    const found = [...whole.matchAll(new RegExp(match.source, `${match.flags.replace('g', '')}g`))];
    if (found.length !== 1) throw lost(path, `single place for ${String(match)} (${found.length} were found)`);
    const [{ index, 0: hit }] = found as [RegExpExecArray];
    return `${whole.slice(0, index)}${before ?? ''}${hit}${after ?? ''}${whole.slice(index + hit.length)}`;
  },
});

const IMPORT = /^import .*? from '([^']+)';$/gms;

/** An import line, where it stands in order of what it imports from. */
export const imported = (path: string, line: string): Edit => ({
  path,
  edit: (whole) => {
    const from = [...line.matchAll(IMPORT)][0]?.[1];
    const all = [...whole.matchAll(IMPORT)];
    if (from === undefined || all.length === 0) throw lost(path, 'import to stand beside');
    const sameWay = all.filter(([, other]) => other!.startsWith('.') === from.startsWith('.'));
    const before = sameWay.filter(([, other]) => other! < from).at(-1) ?? (sameWay.length > 0 ? undefined : all.at(-1));
    if (!before) return `${whole.slice(0, sameWay[0]!.index)}${line}\n${whole.slice(sameWay[0]!.index)}`;
    const end = before.index + before[0].length;
    return `${whole.slice(0, end)}\n${line}${whole.slice(end)}`;
  },
});

/** An entry of a list of JSON, after the last one for which `follows` holds. */
export const listed = <T>(
  path: string,
  { list, entry, follows }: { list: (whole: any) => T[]; entry: T; follows: (one: T) => boolean },
): Edit => ({
  path,
  edit: (text) => {
    const whole = JSON.parse(text) as unknown;
    const entries = list(whole);
    const at = entries.findLastIndex(follows);
    if (at < 0) throw lost(path, 'entry to stand beside');
    entries.splice(at + 1, 0, entry);
    return JSON.stringify(whole, null, 2);
  },
});

/** A name in an object of names of JSON, sorted. */
export const named = (
  path: string,
  { object, name, value }: { object: string; name: string; value: unknown },
): Edit => ({
  path,
  edit: (text) => {
    const whole = JSON.parse(text) as Record<string, Record<string, unknown>>;
    if (!whole[object]) throw lost(path, object);
    const sorted = Object.entries({ ...whole[object], [name]: value }).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify({ ...whole, [object]: Object.fromEntries(sorted) }, null, 2);
  },
});
