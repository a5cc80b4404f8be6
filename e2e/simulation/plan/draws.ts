import type { Random } from '../world/random.ts';

/** One to three of them, each once. */
export const someClusters = (random: Random, clusters: readonly string[]): string[] => {
  const from = [...clusters];
  const count = random.weighted([
    [1, 1],
    [2, 4],
    [3, 2],
  ] as const)!;
  return Array.from({ length: Math.min(count, from.length) }, () =>
    from.splice(random.whole(0, from.length - 1), 1),
  ).flat();
};

export const someWeights = (random: Random, clusters: readonly string[]): Record<string, number> =>
  Object.fromEntries(clusters.map((name) => [name, random.whole(1, 3)]));
