import type { World } from '../world.ts';

export interface Screen {
  /** a line that stays, with the seconds since the start before it */
  report(line: string): void;
  /** takes the place of what was drawn last; where that is impossible it is printed when it differs */
  draw(text: string): void;
}

const ESCAPE = '\u001B[';
/** Lines that a table leaves free at the bottom, for the line that the cursor is in. */
const MARGIN_ROWS = 1;

/** Progress lines and, below them, one table that is drawn over itself on a terminal. */
export const newScreen = (world: World): Screen => {
  const startMs = world.now().getTime();
  let drawn = '';
  let drawnRows = 0;
  /** Clears what was drawn last; the cursor is then where it began. */
  const erase = (): string => (drawnRows > 0 ? `${ESCAPE}${drawnRows}F${ESCAPE}J` : '');
  const show = (text: string): string => {
    const lines = ['', ...text.split('\n')];
    const shown = lines.slice(0, Math.max(1, world.rows() - MARGIN_ROWS)).map((line) => line.slice(0, world.columns()));
    drawnRows = shown.length;
    return shown.join('\n');
  };
  const report = (line: string): void => {
    const seconds = ((world.now().getTime() - startMs) / 1_000).toFixed(1).padStart(6);
    const text = `${seconds} s  ${line}`;
    // Once it ends, what was drawn last stays, and lines follow below it.
    if (world.isTerminal && world.stop.aborted) return world.out(`\r${ESCAPE}K${text}`); // over the terminal's own ^C
    if (!world.isTerminal || drawnRows === 0) return world.out(text);
    const cleared = erase();
    world.out(`${cleared}${text}\n${show(drawn)}`);
  };
  const draw = (text: string): void => {
    if (text === drawn) return;
    drawn = text;
    if (!world.isTerminal) return world.out(`\n${text}\n`);
    const cleared = erase();
    world.out(`${cleared}${show(text)}`);
  };
  return { report, draw };
};
