import { simulateInChild } from './child.ts';
import type { Killer, Mutant } from './mutants/mutant.ts';
import { profileOfSeed } from './plan/profiles.ts';

/** Seeds that have this profile anyway: those of `npm test` are known to be sound without a mutant. */
const seedsOf = (profile: string, upTo: number): readonly number[] =>
  Array.from({ length: upTo }, (_, at) => at + 1).filter((seed) => profileOfSeed(seed).name === profile);

/**
 * A seed up to that one that breaks a promise that has to do with the mutant's clause, and none without the mutant. `stored`
 * is tried first.
 */
export const killerOf = async (
  mutant: Mutant,
  { upTo, stored }: { upTo: number; stored?: Killer | undefined },
): Promise<Killer | undefined> => {
  let seeds = seedsOf(mutant.profile, upTo);
  if (stored && seeds.includes(stored.seed)) seeds = [stored.seed, ...seeds.filter((seed) => seed !== stored.seed)];
  while (seeds.length > 0) {
    const told = await simulateInChild({ seeds, mutant: mutant.name, untilBroken: true });
    const { seed, broken } = told.at(-1)!;
    if (!broken) return undefined;
    if (mutant.noticedBy.includes(broken.promise) && (await isSound(seed))) return { seed, promise: broken.promise };
    seeds = seeds.slice(told.length);
  }
  return undefined;
};

const isSound = async (seed: number): Promise<boolean> => {
  const [told] = await simulateInChild({ seeds: [seed] });
  return !told!.broken;
};
