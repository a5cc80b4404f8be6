import { simulateInChild } from './child.ts';
import type { Killer, Mutant } from './mutants/mutant.ts';

/** The first seed that breaks a promise with the mutant and none without it. */
export const killerOf = async ({ name, profile }: Mutant, seeds: number): Promise<Killer | undefined> => {
  for (let from = 1; from <= seeds;) {
    const told = await simulateInChild({ from, count: seeds - from + 1, profile, mutant: name, untilBroken: true });
    const last = told.at(-1)!;
    if (!last.broken) return undefined;
    const [sound] = await simulateInChild({ from: last.seed, count: 1, profile });
    if (!sound!.broken) return { seed: last.seed, promise: last.broken.promise };
    from = last.seed + 1;
  }
  return undefined;
};
