import { readFileSync } from 'node:fs';

/** A command of a page: what a reader types. */
export interface PageCommand {
  /** of its first line, from 1 */
  readonly line: number;
  readonly text: string;
}

const BLOCK = /^ *```sh\n([^]*?)^ *```$/gm;

/** The commands of all `sh` blocks of a page, in order, those in lists too. A line is one, and so is a loop, or what `\` carries on. */
export const readCommands = (path: string): PageCommand[] => {
  const page = readFileSync(path, 'utf8');
  return [...page.matchAll(BLOCK)].flatMap((block) => {
    const first = page.slice(0, block.index).split('\n').length + 1;
    const commands: PageCommand[] = [];
    for (const [index, text] of block[1]!.split('\n').entries()) {
      const open = commands.at(-1);
      if (open && goesOn(open.text)) commands.splice(-1, 1, { line: open.line, text: `${open.text}\n${text.trim()}` });
      else if (text.trim() !== '') commands.push({ line: first + index, text: text.trim() });
    }
    return commands;
  });
};

const goesOn = (text: string): boolean => text.endsWith('\\') || (text.startsWith('for ') && !/\bdone$/.test(text));

/** Relative links of a page, without anchors. */
export const readLinks = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
