import { readFileSync } from 'node:fs';

/** A command of a page: what a reader types. */
export interface PageCommand {
  /** from 1 */
  readonly line: number;
  readonly text: string;
}

const BLOCK = /^ *```sh\n([^]*?)^ *```$/gm;

/** The commands of all `sh` blocks of a page, in order, those in lists too. Each line is one command. */
export const readCommands = (path: string): PageCommand[] => {
  const page = readFileSync(path, 'utf8');
  return [...page.matchAll(BLOCK)].flatMap((block) => {
    const first = page.slice(0, block.index).split('\n').length + 1;
    return block[1]!
      .split('\n')
      .map((text, index) => ({ line: first + index, text: text.trim() }))
      .filter(({ text }) => text !== '');
  });
};

/** Relative links of a page, without anchors. */
export const readLinks = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
