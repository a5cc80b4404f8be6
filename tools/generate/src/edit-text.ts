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

/** A copy of `like`, changed, as the next entry after the last match of `after`: what is there keeps its layout. */
export const cloned = (
  path: string,
  { like, after, change }: { like: RegExp; after: RegExp; change: (entry: string) => string },
): Edit => ({
  path,
  edit: (whole) => {
    const source = like.exec(whole)?.[0];
    const last = [...whole.matchAll(new RegExp(after.source, 'g'))].at(-1);
    if (source === undefined || !last) throw lost(path, `entry like ${String(like)} or after ${String(after)}`);
    const end = last.index + last[0].length;
    return `${whole.slice(0, end)},\n${change(source)}${whole.slice(end)}`;
  },
});

/** A dependency of ours in a package.json, in order of name. */
export const depended = (path: string, name: string): Edit => ({
  path,
  edit: (whole) => {
    const present = [...whole.matchAll(/^ *"(@skerry\/[a-z-]+)": "[^"]+",\n/gm)];
    const before = present.filter(([, other]) => other! < name).at(-1) ?? present[0];
    if (!before) throw lost(path, 'dependency to stand beside');
    const end = before.index + before[0].length;
    return `${whole.slice(0, end)}"${name}": "0.1.0",\n${whole.slice(end)}`;
  },
});
