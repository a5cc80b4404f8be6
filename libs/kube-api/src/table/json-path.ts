import { isObject, textOf } from '../merge/json.ts';

/**
 * Reads the paths that printer columns use: `.spec.replicas`, `.metadata.labels.a\.b`, `.items[0].x`, `.a['b']`, and the
 * filter `.conditions[?(@.type=="Ready")].status`. Anything else reads as nothing.
 */
export function readJsonPath(path: string): (object: unknown) => unknown {
  const steps = parse(path);
  return (object) => {
    let value: unknown = object;
    for (const step of steps) value = step(value);
    return value;
  };
}

type Step = (value: unknown) => unknown;

const token = /\.((?:\\.|[^.[\\])+)|\[(\d+)\]|\['([^']+)'\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]|\[\*\]/y;

function parse(path: string): Step[] {
  const steps: Step[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < path.length) {
    const match = token.exec(path);
    if (match === null) return [() => undefined];
    const [, dotted, index, quoted, key, wanted] = match;
    const name = dotted?.replaceAll(/\\(.)/g, '$1') ?? quoted;
    if (name !== undefined) steps.push((value) => (isObject(value) ? value[name] : undefined));
    else if (index !== undefined) steps.push((value) => (Array.isArray(value) ? value[Number(index)] : undefined));
    else if (key !== undefined) {
      steps.push((value) =>
        Array.isArray(value) ? value.find((item) => isObject(item) && textOf(item[key]) === wanted) : undefined,
      );
    } else steps.push((value) => (Array.isArray(value) ? value[0] : undefined));
  }
  return steps;
}
