import type { Mutant } from './mutant.ts';

/** Every clause of the law and of the protocols, taken out one by one. */
export const MUTANTS: readonly Mutant[] = [];

export const mutantOf = (name: string): Mutant => {
  const found = MUTANTS.find((one) => one.name === name);
  if (!found) throw new Error(`--mutant "${name}": there is none of that name`);
  return found;
};
