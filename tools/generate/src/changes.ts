import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ToolFailure } from '@skerry/native/tool-failure';
import { format, resolveConfig } from 'prettier';

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

export interface Edit {
  readonly path: string;
  /** Throws ToolFailure when it does not find its place. */
  readonly edit: (text: string) => string;
}

/** What a generator wants done; paths below the root. */
export interface Plan {
  readonly files: readonly NewFile[];
  readonly edits: readonly Edit[];
  /** what nobody but a person can do, in order */
  readonly left: readonly string[];
}

/** Writes everything or, if a file is there already or an edit does not find its place, nothing. Answers the paths. */
export const carryOut = async (root: string, { files, edits }: Plan): Promise<string[]> => {
  const present = files.find(({ path }) => existsSync(join(root, path)));
  if (present) throw new ToolFailure(`${present.path} is there already`, 'choose another name, or remove it first');
  const edited = new Map<string, string>();
  for (const { path, edit } of edits) {
    const before = edited.get(path) ?? readFileSync(join(root, path), 'utf8');
    const after = edit(before);
    if (after !== before) edited.set(path, after);
  }
  const all = [...files, ...[...edited].map(([path, text]) => ({ path, text }))];
  const formatted = await Promise.all(
    all.map(async ({ path, text }) => ({ path, text: await inFormat(root, { path, text }) })),
  );
  for (const { path, text } of formatted) write(join(root, path), text);
  return formatted.map(({ path }) => path).sort();
};

const inFormat = async (root: string, { path, text }: NewFile): Promise<string> => {
  if (path.endsWith('.proto')) return text;
  return format(text, { ...(await resolveConfig(join(root, path))), filepath: path });
};

/** By rename: a file that is linked from elsewhere stays as it is there. */
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
};
