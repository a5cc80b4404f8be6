import { readFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly name: string;
  readonly file: string;
  us: number;
  readonly below: Map<string, Frame>;
}

const WIDTH = 1_600;
const ROW = 17;
/** Narrower than this nothing can be read. */
const LEAST_SHARE = 0.001;

const frameOf = (name: string, file: string): Frame => ({ name, file, us: 0, below: new Map() });

/** A file of `--cpu-prof` as a tree of calls with the time of each, idle time left out. */
const treeOf = ({ nodes, samples, timeDeltas }: Profile): Frame => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root = frameOf('all', '');
  for (const [index, id] of samples.entries()) {
    const path: number[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) path.push(at);
    if (byId.get(id)!.callFrame.functionName === '(idle)') continue;
    let frame = root;
    frame.us += timeDeltas[index]!;
    for (const at of path.reverse().slice(1)) {
      const { functionName, url, lineNumber } = byId.get(at)!.callFrame;
      const name = functionName || '(anonymous)';
      const file = `${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
      const next = frame.below.get(`${name} ${file}`) ?? frameOf(name, file);
      frame.below.set(`${name} ${file}`, next);
      next.us += timeDeltas[index]!;
      frame = next;
    }
  }
  return root;
};

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Ours, those of packages, and Node's own apart. */
const colourOf = (file: string): string =>
  file.startsWith('node:') || file.startsWith(':')
    ? '#c9c9c9'
    : file.includes('node_modules') || !file.includes('dist')
      ? '#e8c27a'
      : '#e8895a';

/** A flame graph as SVG: width is time, what is called stands above its caller, the file shows when one points at it. */
export const flameGraph = (profilePath: string): string => {
  const root = treeOf(JSON.parse(readFileSync(profilePath, 'utf8')) as Profile);
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, { x, depth }: { x: number; depth: number }): void => {
    const width = (frame.us / root.us) * WIDTH;
    if (frame.us / root.us < LEAST_SHARE) return;
    deepest = Math.max(deepest, depth);
    const share = `${((frame.us / root.us) * 100).toFixed(1)} %, ${(frame.us / 1_000).toFixed(0)} ms`;
    const text = width > 40 ? frame.name.slice(0, Math.floor(width / 6.5)) : '';
    boxes.push(
      `<g><title>${escape(`${frame.name} ${frame.file} ${share}`)}</title>` +
        `<rect x="${x.toFixed(1)}" y="${-(depth + 1) * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame.file)}"/>` +
        `<text x="${(x + 2).toFixed(1)}" y="${-(depth + 1) * ROW + 12}">${escape(text)}</text></g>`,
    );
    let at = x;
    for (const below of [...frame.below.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      draw(below, { x: at, depth: depth + 1 });
      at += (below.us / root.us) * WIDTH;
    }
  };
  draw(root, { x: 0, depth: 0 });
  const height = (deepest + 1) * ROW;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-height} ${WIDTH} ${height}" font-family="monospace" font-size="11">\n` +
    `${boxes.join('\n')}\n</svg>\n`
  );
};
